import { count, display } from '../../expect/index.ts'
import { oneLine } from '../activity.ts'
import { type Anomaly, anomaliesOf } from './anomalies.ts'
import { showSqlState, sqlStateOf } from './failures.ts'
import type { StepRecord, StepState } from './record.ts'

/** What one statement did. */
export interface StepReport {
  /** The session's name. */
  readonly session: string
  /** The statement as it was sent, without its values. */
  readonly statement: string
  /** `unfinished`: it still waited at the end, and was ended without effect. */
  readonly state: StepState
  readonly rows: readonly object[]
  /** How many rows it returned or changed. */
  readonly rowCount: number
  /** Whom it waited for: names of sessions, or one line for a session of somebody else. Empty: it did not wait. */
  readonly waitedFor: readonly string[]
  /** Why it failed. `code` is the SQLSTATE. */
  readonly error?: { readonly code: string | undefined; readonly message: string }
}

/** What {@link interleave} resolves to. */
export interface InterleaveReport {
  /** In the order in which they were started. */
  readonly steps: readonly StepReport[]
  /**
   * What the run itself shows: two equal reads of one transaction that differ, a deadlock, a serialization failure. Whether an
   * update was lost or a write skewed is not seen by looking at statements: `phenomena` compares with what runs one by one.
   */
  readonly anomalies: readonly Anomaly[]
  /** The schedule, one line for each step. */
  toString(): string
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}

function outcomeOf({ state, rows, rowCount, error }: StepRecord): string {
  if (error !== undefined) {
    const sqlState = sqlStateOf(error)
    return `✗ ${sqlState === undefined ? '' : `${showSqlState(sqlState)}: `}${messageOf(error)}`
  }
  if (state !== 'done') return state === 'queued' ? 'not started' : 'not ended'
  const [row] = rows
  if (row !== undefined) return rows.length === 1 ? display({ ...row }) : count(rows.length, 'row')
  return rowCount > 0 ? count(rowCount, 'row') : ''
}

/** The schedule so far, one line for each step: `2 b  UPDATE accounts ... (waited for a): 1 row`. */
export function scheduleOf(records: readonly StepRecord[]): readonly string[] {
  const width = Math.max(0, ...records.map(({ session }) => session.length))
  return records.map((record, index) => {
    const waited = record.waitedFor.size === 0 ? '' : ` (waited for ${[...record.waitedFor].join(', ')})`
    const outcome = outcomeOf(record)
    const number = String(index + 1).padStart(String(records.length).length)
    return `${number} ${record.session.padEnd(width)}  ${oneLine(record.statement)}${waited}${outcome === '' ? '' : `: ${outcome}`}`
  })
}

/** Sums a run up. */
export function reportOf(records: readonly StepRecord[]): InterleaveReport {
  const steps = records.map(
    ({ session, statement, state, rows, rowCount, waitedFor, error }): StepReport => ({
      session,
      statement,
      state,
      rows,
      rowCount,
      waitedFor: [...waitedFor],
      ...(error === undefined ? {} : { error: { code: sqlStateOf(error), message: messageOf(error) } }),
    }),
  )
  const text = scheduleOf(records).join('\n')
  return { steps, anomalies: anomaliesOf(records), toString: () => text }
}
