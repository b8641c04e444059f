import type { Client, QueryResult } from 'pg'
import { connect } from '../client.ts'
import { type Connection, ownApplicationName } from '../contract.ts'
import { applySettings } from '../security/become.ts'
import type { Settings } from '../security/claims.ts'
import { createSql, type SqlRows } from '../sql.ts'
import { terminateBackends } from '../terminate.ts'
import type { BeginOptions, InterleavedSession, IsolationLevel, Step } from './contract.ts'
import { stepMatchers } from './matchers.ts'
import type { StepRecord } from './record.ts'
import type { Actor, Stage } from './stage.ts'
import { createStep } from './step.ts'

/** A session with what its owner needs. */
export interface SessionControl extends Actor {
  readonly session: InterleavedSession
  /** Rolls back, ends a statement that still runs, and closes. */
  end(): Promise<void>
}

/** Ends a backend from a session of its own role, which Postgres allows to everyone. */
async function terminate(connection: Connection, pid: number): Promise<void> {
  const client = await connect(connection, { applicationName: `${ownApplicationName}interleave` })
  try {
    await terminateBackends(client, [pid])
  } finally {
    await client.end()
  }
}

function beginStatement(level: IsolationLevel | undefined, { readOnly, deferrable }: BeginOptions): string {
  return [
    'BEGIN',
    ...(level === undefined ? [] : [`ISOLATION LEVEL ${level.toUpperCase()}`]),
    ...(readOnly === true ? ['READ ONLY'] : []),
    ...(deferrable === true ? ['DEFERRABLE'] : []),
  ].join(' ')
}

/** Makes a session; it connects at its first statement. */
export function createSession(name: string, connection: Connection, stage: Stage, settings: Settings): SessionControl {
  let opening: Promise<Client> | undefined
  let pid: number | undefined
  let transaction = 0

  async function connected(): Promise<Client> {
    // Not one of Backlot's own: what it does is the test's, and is seen by leak checks.
    const client = await connect(connection, {
      applicationName: `db.interleave ${name}`,
      prepare: (opened) => applySettings(opened, settings, false),
    })
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    pid = rows[0]?.pid
    return client
  }
  function open(): Promise<Client> {
    opening ??= connected()
    return opening
  }

  async function send(record: StepRecord, text: string, values: unknown[]): Promise<QueryResult> {
    const client = await open()
    if (client.getTransactionStatus() === 'I') transaction += 1
    record.transaction = transaction
    try {
      const result = await client.query({ text, values })
      record.state = 'done'
      record.rows = result.rows
      record.rowCount = result.rowCount ?? 0
      return result
    } catch (error) {
      if (record.state !== 'unfinished') {
        record.state = 'failed'
        record.error = error
      }
      throw error
    }
  }

  const actor: Actor = { name, open, pid: () => pid }

  type Send = (statement: { text: string; values: unknown[] }) => Promise<QueryResult>

  /** Starts a step. The statement is known when `work` hands it to `run`, which it does at once. */
  function step<Value>(work: (run: Send) => Promise<Value>): Step<Value> {
    const record: StepRecord = {
      session: name,
      statement: '',
      values: [],
      state: 'queued',
      rows: [],
      rowCount: 0,
      error: undefined,
      waitedFor: new Set(),
      transaction: 0,
      observed: false,
    }
    const result = work(({ text, values }) => {
      record.statement = text
      record.values = values
      return stage
        .perform(actor, record, () => send(record, text, values))
        .catch((error: unknown) => {
          if (record.state !== 'unfinished') record.error ??= error
          throw error
        })
    })
    return createStep(result, record, stepMatchers(stage, record, result))
  }

  const run = <Value>(text: string, read: (result: QueryResult) => Value): Step<Value> =>
    step(async (perform) => read(await perform({ text, values: [] })))

  const session: InterleavedSession = {
    name,
    sql: Object.assign(
      <Row extends object>(text: TemplateStringsArray, ...values: unknown[]): Step<SqlRows<Row>> =>
        step((perform) => createSql(perform)<Row>(text, ...values)),
      { id: createSql(() => Promise.reject(new Error('never run'))).id },
    ),
    begin: (level, options = {}) => run(beginStatement(level, options), () => undefined),
    commit: () => run('COMMIT', ({ command }) => (command === 'COMMIT' ? 'committed' : 'rolled back')),
    rollback: () => run('ROLLBACK', () => undefined),
  }
  return {
    ...actor,
    session,
    async end() {
      const client = await opening?.catch(() => undefined)
      opening = undefined
      if (client === undefined) return
      try {
        if (stage.busy().some((other) => other.name === name) && pid !== undefined) await terminate(connection, pid)
        else if (client.getTransactionStatus() !== 'I') await client.query('ROLLBACK').catch(() => {})
      } finally {
        await client.end().catch(() => {})
      }
    },
  }
}
