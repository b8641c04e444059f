import { type RunnerTestSuite, TestRunner } from 'vitest'

type Suite = Readonly<Pick<RunnerTestSuite, 'name' | 'type' | 'tasks'>>
type Around = (run: () => Promise<void>, suite: Suite) => Promise<void>

/** Longest that a mark or a first start may take in a hook; the parts have deadlines of their own. */
export const hookDeadlineMs: number = 15 * 60_000

/**
 * Wraps every describe inside a suite, however deep, so that `around` runs before its `beforeAll` and after its `afterAll`.
 * Describes come from Vitest's own `describe`, which knows nothing of Backlot: so their hooks are reached by the task tree,
 * which is complete when the file's own hooks run.
 */
export function aroundDescribes(suite: Suite, around: Around): void {
  for (const task of suite.tasks) {
    if (task.type !== 'suite') continue
    TestRunner.getSuiteHooks(task).aroundAll.unshift((run) => around(run, task))
    aroundDescribes(task, around)
  }
}

/** Whether any test of a suite is going to run. */
export function hasWork(suite: Suite): boolean {
  return suite.tasks.some((task) => {
    if (task.mode === 'skip' || task.mode === 'todo') return false
    return task.type === 'suite' ? hasWork(task) : true
  })
}
