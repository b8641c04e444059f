import type { InterleavedSession, IsolationLevel, StepSql } from './contract.ts'
import { sqlStateOf } from './failures.ts'

/** Rows of a statement. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

/** One statement of the user's. */
export type Statement = (sql: StepSql) => PromiseLike<Rows>

/** A transaction that reads, and writes by what it has read. */
export interface ReadThenWrite {
  readonly read: Statement
  /** @param rows what `read` gave */
  readonly write: (sql: StepSql, rows: Rows) => PromiseLike<unknown>
}

/** A transaction under way: its next statement starts when the one before has ended. */
interface Running {
  readonly session: InterleavedSession
  readonly steps: readonly (() => PromiseLike<unknown>)[]
  next: number
  under: Promise<void> | undefined
  refused: string | undefined
  failed: { readonly error: unknown } | undefined
}

/** Failures that transactions are to expect of each other: rollbacks by the server (class 40), a lock that is not waited for. */
function isRefusal(sqlState: string | undefined): sqlState is string {
  return sqlState !== undefined && (sqlState.startsWith('40') || sqlState === '55P03')
}

function begin(session: InterleavedSession, level: IsolationLevel, { read, write }: ReadThenWrite): Running {
  let rows: Rows = []
  const steps = [
    () => session.begin(level),
    async () => {
      rows = await read(session.sql)
    },
    () => write(session.sql, rows),
    () => session.commit(),
  ]
  return { session, steps, next: 0, under: undefined, refused: undefined, failed: undefined }
}

function start(running: Running): void {
  const step = running.steps[running.next]
  if (step === undefined) return
  running.next += 1
  running.under = (async () => {
    try {
      await step()
    } catch (error) {
      const sqlState = sqlStateOf(error)
      if (isRefusal(sqlState)) running.refused = sqlState
      else running.failed = { error }
      running.next = running.steps.length
      await running.session.rollback()
    } finally {
      running.under = undefined
    }
  })()
}

const isDone = ({ next, steps, under }: Running): boolean => next >= steps.length && under === undefined

/**
 * Runs transactions side by side: each gets one statement in turn, and one that waits for a lock is passed over until it has
 * ended. All read before any writes, and all write before any commits, unless locks say otherwise.
 *
 * @returns SQLSTATEs of the transactions that were refused
 * @throws whatever else a statement fails with
 */
export async function runSideBySide(
  level: IsolationLevel,
  transactions: readonly (readonly [session: InterleavedSession, transaction: ReadThenWrite])[],
  settle: () => Promise<void>,
): Promise<readonly string[]> {
  const all = transactions.map(([session, transaction]) => begin(session, level, transaction))
  while (!all.every(isDone)) {
    const ready = all.filter((running) => running.under === undefined && !isDone(running))
    for (const running of ready) {
      start(running)
      await settle()
      // What has ended says so in a task of its own.
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (ready.length === 0) await Promise.race(all.flatMap(({ under }) => under ?? []))
    const failed = all.find((running) => running.failed !== undefined)?.failed
    if (failed !== undefined) throw failed.error
  }
  return all.flatMap(({ refused }) => refused ?? [])
}
