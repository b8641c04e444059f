import type { MatcherContext, Outcome, Probe } from '../../contracts/index.ts'
import type { Duration } from '../../wait/index.ts'
import type { SqlIdentifier, SqlRows } from '../sql.ts'
import type { QueryMatchers } from '../violation/to-violate.ts'
import type { FailureName } from './failures.ts'

/** Isolation level of a transaction. In Postgres, `read uncommitted` behaves as `read committed`. */
export type IsolationLevel = 'read committed' | 'repeatable read' | 'serializable'

/** How a transaction begins. */
export interface BeginOptions {
  /** Default: false. */
  readonly readOnly?: boolean
  /** Waits until it can run without any danger of a serialization failure; for `serializable` and read only. Default: false. */
  readonly deferrable?: boolean
}

/** Starts statements of one session. */
export interface StepSql {
  <Row extends object = Readonly<Record<string, unknown>>>(
    text: TemplateStringsArray,
    ...values: unknown[]
  ): Step<SqlRows<Row>>
  /** A name, quoted, as in `db.sql.id`. */
  id(...parts: readonly string[]): SqlIdentifier
}

/** One of the sessions that {@link interleave} runs. */
export interface InterleavedSession {
  readonly name: string
  /** Starts a statement. Awaited, it gives its rows; left running, it can be asserted on. */
  readonly sql: StepSql
  /** @param level default: the server's, which is `read committed` unless the database or role says otherwise */
  begin(level?: IsolationLevel, options?: BeginOptions): Step<void>
  /** Resolves to `rolled back` where the transaction had failed before: Postgres takes the COMMIT and undoes everything. */
  commit(): Step<'committed' | 'rolled back'>
  rollback(): Step<void>
}

/**
 * A statement of one session, under way or done. Await it for its rows, or leave it running and assert on it:
 * `await expect(step).toBeBlockedBy(a)`.
 */
export interface Step<Value> extends Promise<Value>, Probe<StepMatchers> {
  toString(): string
}

/** How long a matcher of a step waits. */
export interface StepWaitingOptions {
  /** Milliseconds, or text such as `'5 s'`. Default: 5 s. */
  readonly timeout?: Duration
}

/** What can be asserted on a statement of a session. */
export interface StepMatchers extends QueryMatchers {
  /** It waits for a lock that this session holds, or asked for before; waits until it does. Negated: it ends, or waits for others. */
  toBeBlockedBy(context: MatcherContext, session: InterleavedSession, options?: StepWaitingOptions): Promise<Outcome>
  /** It waits for a lock of anybody. Negated: it ends. */
  toBeBlocked(context: MatcherContext, options?: StepWaitingOptions): Promise<Outcome>
  /** It fails with this SQLSTATE, or with what has this name. Negated: it succeeds. */
  toFailWith(
    context: MatcherContext,
    failure: FailureName | (string & {}),
    options?: StepWaitingOptions,
  ): Promise<Outcome>
}
