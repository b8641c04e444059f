import type { Before, Leak } from '../contracts/index.ts'
import type { Lot, LotReport } from '../engine/index.ts'

/** Follows Vitest's walk through file, describes and tests with marks on a lot. */
export interface Marks {
  /** At the begin of a file or describe, before its `beforeAll`. */
  enter(label: string): Promise<readonly Leak[]>
  /** At its end, after its `afterAll`. */
  leave(): Promise<LotReport>
  /** At the begin of a test, before its `beforeEach`. */
  begin(label: string): Promise<readonly Leak[]>
  /** At its end, after its `afterEach`. */
  end(): Promise<LotReport>
  /** Name of the test that runs now, if any. */
  running(): string | undefined
}

/** Marks on a lot that stands at its baseline. */
export function createMarks(lot: Lot): Marks {
  /** What may have written since the last boundary: a `beforeAll` right after entering, nobody otherwise. */
  let before: Before = 'setup'
  let test: string | undefined
  return {
    async enter(label) {
      const leaks = await lot.push(label, before)
      before = 'setup'
      return leaks
    },
    async leave() {
      before = 'nothing'
      return lot.pop()
    },
    async begin(label) {
      const leaks = await lot.push(label, before)
      // Set when the mark stands: without one nothing ends it.
      test = label
      return leaks
    },
    async end() {
      before = 'nothing'
      test = undefined
      return lot.pop()
    },
    running: () => test,
  }
}
