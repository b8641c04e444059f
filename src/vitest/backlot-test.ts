import { type TestAPI, type TestContext, test as vitestTest } from 'vitest'
import type { Isolation, Leak } from '../contracts/index.ts'
import { type Backlot, clock, type Handles, type Lot, type Services, warn } from '../engine/index.ts'
import { BacklotError } from '../errors/index.ts'
import type { ValueMatchersOf } from '../expect/index.ts'
import { type Api, type AppHandle, createApi } from '../http/index.ts'
import { recordCost, type TestCost } from './cost.ts'
import { testBegins, testEnds } from './deadline.ts'
import { type BacklotExpect, createExpect } from './expect.ts'
import { shouldKeep } from './keep.ts'
import { closeLot, lotFor } from './lots.ts'
import { createMarks, type Marks } from './marks.ts'
import { aroundDescribes, hasWork, hookDeadlineMs } from './suites.ts'

/** What tests destructure: every service of the config by its name, and `api` for its app. */
export type BacklotFixtures<S extends Services> = Handles<S> & {
  /** Requests to the app of the config. Fails with a clear message where the config has no app. */
  readonly api: Api
}

/** What {@link backlotTest} gives. */
export interface BacklotTest<S extends Services> {
  /** Vitest's `test` with the fixtures of the config. `test.beforeAll(({ db }) => ...)` has them too. */
  readonly test: TestAPI<BacklotFixtures<S>>
  /** Vitest's `expect` with the matchers of probes, and with those that the services bring for other values. */
  readonly expect: BacklotExpect<ValueMatchersOf<S>>
}

/** In what the tests of one {@link backlotTest} differ from the config. */
export interface BacklotTestOptions {
  /** How the tests written with this `test` are undone. Default: the config's. A service with an `isolation` of its own keeps that. */
  readonly isolation?: Isolation
}

/**
 * Binds Vitest to a config. Call it at the top of a test file; a second time, with another isolation, for tests that need that one.
 *
 * Every test starts from the state that the migrations, the seed and the `beforeAll` hooks around it made: what it commits
 * is undone after it, also when it fails, times out or is tried again.
 *
 * @throws BacklotError (from the first hook) `BACKLOT_CONCURRENT_TEST` for tests marked concurrent: they would share one lease
 *
 * @example
 * ```ts
 * const { test, expect } = backlotTest(backlot)
 * test('signs up', async ({ api, db }) => {
 *   expect(await api.post('/users', { name: 'Ada' })).toHaveStatus(201)
 *   await expect(db.table('users')).toHaveRow({ name: 'Ada' })
 * })
 * ```
 */
export function backlotTest<S extends Services>(backlot: Backlot<S>, options: BacklotTestOptions = {}): BacklotTest<S> {
  const isolation = options.isolation ?? backlot.isolation
  const state: FileState<S> = { lot: undefined, marks: undefined }
  const test = extendTest(backlot, isolation, state)
  markSuites(test, backlot, isolation, state)
  return { test, expect: createExpect(backlot.services) }
}

interface FileState<S extends Services> {
  lot: Lot<S> | undefined
  marks: Marks | undefined
}

function opened<S extends Services>(state: FileState<S>): { lot: Lot<S>; marks: Marks } {
  const { lot, marks } = state
  if (lot === undefined || marks === undefined) {
    throw new BacklotError('BACKLOT_USAGE', 'a fixture of Backlot was used outside the file that called backlotTest', {
      hint: 'call backlotTest(backlot) at the top of the test file itself, not in a shared module',
    })
  }
  return { lot, marks }
}

type Use = (value: unknown) => Promise<void>

function extendTest<S extends Services>(
  backlot: Backlot<S>,
  isolation: Isolation,
  state: FileState<S>,
): BacklotTest<S>['test'] {
  const services = Object.keys(backlot.services).map((name) => [
    name,
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures that a function needs off its pattern.
    [async ({}, use: Use) => use(opened(state).lot.services[name]), { scope: 'worker' }],
  ])
  const fixtures = {
    backlotLot: [
      // biome-ignore lint/correctness/noEmptyPattern: see above.
      async ({}, use: Use) => {
        await use(isolation)
        await closeLot(backlot, isolation)
      },
      { scope: 'worker', auto: true },
    ],
    ...Object.fromEntries(services),
    // biome-ignore lint/correctness/noEmptyPattern: see above.
    api: [async ({}, use: Use) => use(apiOf(backlot, state)), { scope: 'worker' }],
    backlotReset: [
      async ({ task }: Pick<TestContext, 'task'>, use: Use) => {
        const end = await beginTest(backlot, state, task)
        await use(undefined)
        await end()
      },
      { auto: true },
    ],
  }
  // The names are known to the config's type alone, not to this code.
  const extended: unknown = vitestTest.extend<Record<string, unknown>>(fixtures as Record<string, unknown>)
  return extended as BacklotTest<S>['test']
}

/** The app can be started anew between tests: so `api` asks for it at each request. */
function apiOf<S extends Services>(backlot: Backlot<S>, state: FileState<S>): Api {
  const current = (): AppHandle => {
    const app = opened(state).lot.app()
    if (app !== undefined) return app
    throw new BacklotError('BACKLOT_USAGE', 'this config has no app, so tests have no api', {
      hint: `add app: async ({ ${Object.keys(backlot.services).join(', ')} }) => ... to defineBacklot`,
    })
  }
  return createApi(current, { now: clock })
}

/** Puts the mark of one test; returns what undoes the test. */
async function beginTest<S extends Services>(
  backlot: Backlot<S>,
  state: FileState<S>,
  task: TestContext['task'],
): Promise<() => Promise<void>> {
  const { lot, marks } = opened(state)
  if (task.concurrent === true || marks.running() !== undefined) {
    throw new BacklotError('BACKLOT_CONCURRENT_TEST', `"${task.name}" runs concurrently with tests of its own file`, {
      hint: 'take .concurrent off: tests of one file share a lease. Files run side by side, each on its own: split the file to gain time',
    })
  }
  const began = performance.now()
  const earlier = await marks.begin(task.name)
  const markMs = performance.now() - began
  testBegins(task.timeout - markMs)
  return async () => {
    testEnds()
    const failed = task.result?.state === 'fail'
    const kept = shouldKeep(failed) ? await keep(lot, task.name, failed) : []
    const report = await marks.end()
    finish(backlot, recordCost(task.meta, markMs, report, earlier, kept), task.name)
  }
}

/** A copy that cannot be made is no reason to leave the test where it is. */
async function keep(lot: Pick<Lot, 'keep'>, name: string, failed: boolean): Promise<readonly string[]> {
  try {
    return await lot.keep(name, failed)
  } catch (error) {
    warn(`the state after "${name}" could not be kept: ${error instanceof Error ? error.message : error}`)
    return []
  }
}

/** Says what the test left behind. */
function finish(backlot: Backlot, cost: TestCost, name: string): void {
  // What is kept is copied as it is, and always needs a fresh copy after it.
  if (cost.kept.length === 0) for (const reason of cost.reasons) warn(`"${name}" needed a fresh copy of ${reason}`)
  for (const line of cost.kept) warn(`kept the state after "${name}": ${line}`)
  report(backlot, cost.leaks, `"${name}"`)
}

function report(backlot: Backlot, leaks: readonly Leak[], where: string): void {
  if (leaks.length === 0) return
  const lines = leaks.map(({ kind, what }) => `  ${kind}: ${what}`).join('\n')
  if (backlot.leaks === 'report') {
    warn(`left behind, found at ${where}:\n${lines}`)
    return
  }
  throw new BacklotError('BACKLOT_LEAK', `something outlived its test, found at ${where}`, {
    hint: 'await everything that the test starts, and end transactions in a finally',
    details: lines,
  })
}

function markSuites<S extends Services>(
  test: BacklotTest<S>['test'],
  backlot: Backlot<S>,
  isolation: Isolation,
  state: FileState<S>,
): void {
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures that a function needs off its pattern.
  test.aroundAll(async (run, {}, file) => {
    if (!hasWork(file)) return run()
    const lot = await lotFor(backlot, isolation)
    const marks = createMarks(lot)
    state.lot = lot
    state.marks = marks
    const around = async (runSuite: () => Promise<void>, name: string): Promise<void> => {
      const before = await marks.enter(name)
      let after: readonly Leak[] = []
      try {
        report(backlot, before, name)
        await runSuite()
      } finally {
        after = (await marks.leave()).leaks
      }
      report(backlot, after, name)
    }
    aroundDescribes(file, (runSuite, suite) => around(runSuite, suite.name))
    try {
      await around(run, file.name)
    } finally {
      // Without Vitest's `isolate` a module that files share lives on: the next one must not use this file's marks.
      state.lot = undefined
      state.marks = undefined
    }
  }, hookDeadlineMs)
}
