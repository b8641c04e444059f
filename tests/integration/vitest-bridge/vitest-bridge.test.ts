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

/** What a failure says, without where in the code it happened. */
function saidBy({ messages }: FixtureRun, test: string): string {
  return (messages[test] ?? '').replace(/\n {4}at [\s\S]*/, '')
}

test('what cannot work says why', { timeout: 120_000 }, async () => {
  const run = await runFixture(['refused.ts'])
  expect(unexpected(run), run.output).toEqual([])
  expect(saidBy(run, 'refused.ts: FAILS without an app')).toMatchInlineSnapshot(`
    "BacklotError: this config has no app, so tests have no api [BACKLOT_USAGE]
      → add app: async ({ db }) => ... to defineBacklot"
  `)
  expect(saidBy(run, 'refused.ts: FAILS by start, without an app')).toMatchInlineSnapshot(`
    "BacklotError: this config has no app [BACKLOT_USAGE]
      → add app to defineBacklot"
  `)
  expect(saidBy(run, 'refused.ts: FAILS without await')).toMatchInlineSnapshot(
    `"Error: toHaveStatus got a promise: await it first, as in expect(await ...).toHaveStatus(...)"`,
  )
  expect(saidBy(run, 'refused.ts: FAILS without await, negated')).toBe(saidBy(run, 'refused.ts: FAILS without await'))
})

test('with leaks: fail a test that leaves a transaction open fails, and no other', { timeout: 120_000 }, async () => {
  const run = await runFixture(['leaking.ts'])
  expect(unexpected(run), run.output).toEqual([])
  expect(saidBy(run, 'leaking.ts: FAILS with an open transaction')).toMatchInlineSnapshot(`
    "BacklotError: something outlived its test, found at "FAILS with an open transaction" [BACKLOT_LEAK]
      → await everything that the test starts, and end transactions in a finally
      open transaction: idle in transaction: begin; insert into notes (text) values ('never committed') (no application_name)"
  `)
})

test('a test that was bound in another file is refused', { timeout: 120_000 }, async () => {
  const run = await runFixture(['shared-one.ts', 'shared-two.ts'], ['--no-isolate', '--no-file-parallelism'])
  expect(Object.values(run.states).toSorted(), run.output).toEqual(['failed', 'passed'])
  const [failed = ''] = Object.keys(run.states).filter((name) => run.states[name] === 'failed')
  expect(saidBy(run, failed)).toMatchInlineSnapshot(`
    "BacklotError: a fixture of Backlot was used outside the file that called backlotTest [BACKLOT_USAGE]
      → call backlotTest(backlot) at the top of the test file itself, not in a shared module"
  `)
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
