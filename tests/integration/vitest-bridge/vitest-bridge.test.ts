import { describe, expect, test } from 'vitest'
import { type FixtureRun, runFixture } from './run-fixture.ts'

/** Tests that are meant to fail say so in capitals; all others must pass. */
function unexpected({ states }: FixtureRun): string[] {
  return Object.entries(states).flatMap(([name, state]) => {
    const wanted = /FAILS|TIMES OUT|REFUSED/.test(name)
      ? 'failed'
      : /skip(s|ped) ?(itself)?/.test(name) && !/sees/.test(name)
        ? 'skipped'
        : 'passed'
    return state === wanted ? [] : [`${name}: ${state}, wanted ${wanted}`]
  })
}

describe.for([
  ['forks', []],
  ['threads', ['--pool=threads']],
  ['forks without isolation', ['--no-isolate']],
  ['threads without isolation', ['--pool=threads', '--no-isolate']],
] as const)('in %s', ([, args]) => {
  test('every test starts from its mark', { timeout: 120_000 }, async () => {
    const run = await runFixture(['each-test.ts', 'nested.ts', 'next-file.ts'], args)
    expect(unexpected(run), run.output).toEqual([])
    expect(Object.keys(run.states).length).toBeGreaterThan(20)
  })
})

test('each isolation does what it says', { timeout: 120_000 }, async () => {
  const run = await runFixture(['clone.ts', 'transaction.ts', 'none.ts'])
  expect(unexpected(run), run.output).toEqual([])
  expect(Object.keys(run.states)).toHaveLength(6)
})

test('tests that run concurrently in one file are refused', { timeout: 120_000 }, async () => {
  const run = await runFixture(['concurrent.ts'])
  expect(Object.values(run.states)).toEqual(['failed', 'failed'])
  expect(run.messages['concurrent.ts: REFUSED one']).toContain('BACKLOT_CONCURRENT_TEST')
})

test('a shard runs its part', { timeout: 120_000 }, async () => {
  const halves = await Promise.all(
    [1, 2].map((index) => runFixture(['nested.ts', 'next-file.ts'], [`--shard=${index}/2`])),
  )
  expect(halves.flatMap(unexpected)).toEqual([])
  expect(halves.map(({ states }) => Object.keys(states).length > 0)).toEqual([true, true])
})
