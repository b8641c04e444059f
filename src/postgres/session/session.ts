import type { Client, QueryResult } from 'pg'
import { connect } from '../client.ts'
import type { Connection } from '../contract.ts'
import { inTurn } from '../in-turn.ts'
import { transactionControl } from './transaction-control.ts'

/** A statement as node-postgres takes it. */
export type SessionQuery =
  | string
  | { readonly text: string; readonly values?: readonly unknown[]; readonly name?: string }

/** One user of the session, as `pool.connect()` gives it. */
export interface SessionClient {
  query(query: SessionQuery, values?: readonly unknown[]): Promise<QueryResult>
  release(): void
}

/**
 * The one session of isolation `transaction`, with the face of a `pg.Pool` (and of a client): hand it to the code under test in
 * place of its pool. All that it does happens inside one transaction that is rolled back after the test: its own BEGIN,
 * COMMIT and ROLLBACK become savepoints. Deferred constraints are not checked at such a commit, and isolation levels
 * have no effect; where these matter, use isolation `rewind`.
 */
export interface Session {
  query(query: SessionQuery, values?: readonly unknown[]): Promise<QueryResult>
  connect(): Promise<SessionClient>
  /** Does nothing: the session ends with the lease. */
  end(): Promise<void>
}

/** A session with what its owner needs. */
export interface SessionControl {
  readonly session: Session
  /** Runs a statement beside the users' transactions, for probes and `db.sql`. */
  run<T>(use: (client: Client) => Promise<T>): Promise<T>
  /** Calls back after every statement that may have changed something. */
  onStatement(listener: () => void): () => void
  push(): Promise<void>
  pop(): Promise<void>
  close(): Promise<void>
}

/** The savepoint under a user's open transaction. */
const userSavepoint = 'backlot_transaction'
/** The savepoint under a single statement outside of any transaction. */
const statementSavepoint = 'backlot_statement'

/** Opens a session on a database; it connects, and begins, when it is first used. */
export function openSession(to: Connection): SessionControl {
  const listeners = new Set<() => void>()
  let opening: Promise<Client> | undefined
  const turn = inTurn()
  let marks = 0
  /** Who has a transaction open, and who waits to begin one. */
  let holder: object | undefined
  let failed = false
  let waiting: (() => void)[] = []

  async function open(): Promise<Client> {
    const client = await connect(to, { applicationName: 'db.session' }, () => {
      opening = undefined
    })
    await client.query('BEGIN')
    return client
  }
  function get(): Promise<Client> {
    opening ??= open()
    return opening
  }
  /** No statement falls between another's savepoint and its end. */
  function run<T>(task: (client: Client) => Promise<T>): Promise<T> {
    return turn(async () => task(await get()))
  }
  function tell(): void {
    for (const listener of listeners) listener()
  }

  async function alone(client: Client, run: () => Promise<QueryResult>): Promise<QueryResult> {
    await client.query(`SAVEPOINT ${statementSavepoint}`)
    try {
      const result = await run()
      await client.query(`RELEASE ${statementSavepoint}`)
      return result
    } catch (error) {
      await client.query(`ROLLBACK TO ${statementSavepoint}; RELEASE ${statementSavepoint}`)
      throw error
    }
  }

  async function endTransaction(client: Client, keep: boolean): Promise<QueryResult> {
    const kept = keep && !failed
    if (!kept) await client.query(`ROLLBACK TO ${userSavepoint}`)
    const result = await client.query(`RELEASE ${userSavepoint}`)
    holder = undefined
    failed = false
    waiting.shift()?.()
    return Object.assign(result, { command: kept ? 'COMMIT' : 'ROLLBACK' })
  }

  async function begin(user: object): Promise<QueryResult> {
    while (holder !== undefined && holder !== user) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    }
    if (holder === user) return run((client) => client.query(''))
    holder = user
    failed = false
    return run((client) => client.query(`SAVEPOINT ${userSavepoint}`))
  }

  async function query(user: object, query: SessionQuery, values?: readonly unknown[]): Promise<QueryResult> {
    const statement = typeof query === 'string' ? { text: query } : query
    const config = { ...statement, ...(values === undefined ? {} : { values: [...values] }) }
    const control = transactionControl(config.text)
    if (control === 'begin') return begin(user)
    const send = (client: Client): Promise<QueryResult> =>
      client.query({ ...config, values: [...(config.values ?? [])] })
    try {
      return await run(async (client) => {
        const inside = holder === user
        if (control === 'characteristics') return client.query('')
        if (control === 'commit' || control === 'rollback') {
          return inside ? await endTransaction(client, control === 'commit') : client.query('')
        }
        if (!inside) return alone(client, () => send(client))
        try {
          const result = await send(client)
          if (control === 'savepoint') failed = false
          return result
        } catch (error) {
          failed = true
          throw error
        }
      })
    } finally {
      tell()
    }
  }

  const pool = {}
  const session: Session = {
    query: (text, values) => query(pool, text, values),
    async connect() {
      const user = {}
      return { query: (text, values) => query(user, text, values), release: () => {} }
    },
    end: async () => {},
  }

  return {
    session,
    run,
    onStatement(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async push() {
      marks += 1
      await run((client) => client.query(`SAVEPOINT backlot_mark_${marks}`))
    },
    async pop() {
      const mark = `backlot_mark_${marks}`
      marks -= 1
      holder = undefined
      failed = false
      const woken = waiting
      waiting = []
      await run((client) => client.query(`ROLLBACK TO ${mark}; RELEASE ${mark}`))
      for (const wake of woken) wake()
    },
    async close() {
      const closing = opening
      opening = undefined
      const client = await closing?.catch(() => undefined)
      await client?.end().catch(() => {})
    },
  }
}
