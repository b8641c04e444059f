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

test('a matcher says what it saw before its test runs out of time', { timeout: 120_000 }, async () => {
  const { messages } = await runFixture(['in-vain.ts'])
  for (const name of ['in-vain.ts: waits in vain', 'in-vain.ts: waits in vain again']) {
    expect(messages[name]).toContain('Expected a row in notes')
    expect(messages[name]).not.toContain('timed out')
  }
})

test('the shards of a run make the whole: each test runs in one of them, once', { timeout: 240_000 }, async () => {
  const files = ['nested.ts', 'next-file.ts', 'clone.ts', 'none.ts']
  const namesOf = ({ states }: FixtureRun): string[] => Object.keys(states)
  const whole = await runFixture(files)
  const halves = await Promise.all([1, 2].map((index) => runFixture(files, [`--shard=${index}/2`])))
  expect([whole, ...halves].flatMap(unexpected), halves.map(({ output }) => output).join('\n')).toEqual([])
  for (const half of halves) expect(namesOf(half).length).toBeGreaterThan(0)
  expect(halves.flatMap(namesOf).toSorted()).toEqual(namesOf(whole).toSorted())
})
