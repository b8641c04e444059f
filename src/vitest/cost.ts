import type { TaskMeta } from 'vitest'
import type { Leak } from '../contracts/index.ts'
import type { LotReport } from '../engine/index.ts'

/** What Backlot did for one test, as reporters find it in `task.meta.backlot`. */
export interface TestCost {
  /** Milliseconds for the mark before the test and for the return to it. */
  readonly markMs: number
  readonly resetMs: number
  /** Rows (or messages, keys) put back. */
  readonly rows: number
  /** Per service: `clean`, `undone`, `replaced`, `kept`. */
  readonly how: Readonly<Record<string, string>>
  readonly leaks: readonly Leak[]
  /** Why a service did more than an undo. */
  readonly reasons: readonly string[]
  /** Where the state after the test was kept, one line for each service. */
  readonly kept: readonly string[]
}

declare module 'vitest' {
  interface TaskMeta {
    /** Set on every test that had services of Backlot. */
    backlot?: TestCost
  }
}

/** Puts the numbers of a test's reset where reporters look for them. */
export function recordCost(
  meta: TaskMeta,
  markMs: number,
  report: LotReport,
  earlierLeaks: readonly Leak[],
  kept: readonly string[],
): TestCost {
  const entries = Object.entries(report.services)
  const cost: TestCost = {
    markMs,
    resetMs: report.ms,
    rows: report.rows,
    how: Object.fromEntries(entries.map(([name, { how }]) => [name, how])),
    leaks: [...earlierLeaks, ...report.leaks],
    reasons: entries.flatMap(([name, { reason }]) => (reason === undefined ? [] : [`${name}: ${reason}`])),
    kept,
  }
  meta.backlot = cost
  return cost
}
