import type { QueryResult } from 'pg'
import { BacklotError } from '../errors/index.ts'
import { callerOf, leadTo } from './caller.ts'
import { type ClientOptions, connect, lazyClient } from './client.ts'
import type { Connection } from './contract.ts'
import { inTurn } from './in-turn.ts'
import { quoteIdentifier } from './probe/table-name.ts'

const identifier: unique symbol = Symbol.for('backlot.sql.identifier')

/** A quoted name for a statement, made by `sql.id`. */
export interface SqlIdentifier {
  readonly [identifier]: string
}

/** The rows of a statement; `rowCount` is how many it returned or changed. */
export type SqlRows<Row> = readonly Row[] & { readonly rowCount: number }

/** Runs SQL on the lease's database; values are bound as parameters, never pasted into the text. */
export interface Sql {
  /**
   * @example
   * ```ts
   * const [user] = await db.sql<{ id: number }>`SELECT id FROM users WHERE handle = ${handle}`
   * await db.sql`DELETE FROM ${db.sql.id('public', 'users')}`
   * ```
   * @throws Error of `pg` with its SQLSTATE in `code`; its stack leads to this line
   */
  <Row extends object = Readonly<Record<string, unknown>>>(
    text: TemplateStringsArray,
    ...values: unknown[]
  ): Promise<SqlRows<Row>>
  /** A name, quoted: `sql.id('users')`, `sql.id('public', 'users')`. */
  id(...parts: readonly string[]): SqlIdentifier
}

/** The `sql` of a handle: it can open transactions on connections of their own. */
export interface DatabaseSql extends Sql {
  /**
   * Runs statements in a transaction on a connection of its own: commits when the function resolves, rolls back when it rejects.
   * For tests of locks and of what others see before the commit.
   */
  begin<T>(work: (sql: Sql) => Promise<T>): Promise<T>
}

function isIdentifier(value: unknown): value is SqlIdentifier {
  return typeof value === 'object' && value !== null && identifier in value
}

/** What `sql` needs of a connection. */
export type RunStatement = (statement: { text: string; values: unknown[] }) => Promise<QueryResult>

/** Makes a tagged template that runs its statements with a function. */
export function createSql(run: RunStatement): Sql {
  const tag = async <Row extends object>(text: TemplateStringsArray, ...values: unknown[]): Promise<SqlRows<Row>> => {
    const caller = callerOf(tag)
    const bound: unknown[] = []
    let statement = text[0] ?? ''
    values.forEach((value, index) => {
      if (isIdentifier(value)) statement += value[identifier]
      else statement += `$${bound.push(value)}`
      statement += text[index + 1] ?? ''
    })
    const result = await run({ text: statement, values: bound }).catch((error: unknown) => {
      throw leadTo(caller, error)
    })
    // Not enumerable, so that the rows equal a plain array of the same rows.
    const rows: Row[] = Array.isArray(result) ? result.at(-1).rows : result.rows
    return Object.defineProperty(rows, 'rowCount', { value: result.rowCount ?? rows.length }) as Row[] & {
      rowCount: number
    }
  }
  return Object.assign(tag, {
    id: (...parts: readonly string[]): SqlIdentifier => ({ [identifier]: parts.map(quoteIdentifier).join('.') }),
  })
}

/** `application_name` of the statements that a test runs itself. They are the test's own: the feed shows what they write. */
const applicationName = 'db.sql'

/** The connection behind `db.sql`. */
export interface SqlConnection {
  readonly sql: DatabaseSql
  move(to: Connection): Promise<void>
  close(): Promise<void>
}

function leftOpen(): BacklotError {
  return new BacklotError('BACKLOT_USAGE', 'a statement of sql left a transaction open; it was rolled back', {
    hint: 'write: await db.sql.begin(async (sql) => { ... })',
  })
}

/** Opens `db.sql` on a database, or the like under another name; it connects when it is first used. */
export function openSql(connection: Connection, options: ClientOptions = { applicationName }): SqlConnection {
  let to = connection
  const client = lazyClient(to, options)
  const sql = createSql((statement) =>
    client.use(async (open) => {
      try {
        const result = await open.query(statement)
        if (open.getTransactionStatus() !== 'I') throw leftOpen()
        return result
      } catch (error) {
        if (open.getTransactionStatus() !== 'I') await open.query('ROLLBACK').catch(() => {})
        throw error
      }
    }),
  )
  async function begin<T>(work: (inside: Sql) => Promise<T>): Promise<T> {
    const own = await connect(to, options)
    try {
      await own.query('BEGIN')
      const turn = inTurn()
      const result = await work(createSql((statement) => turn(() => own.query(statement))))
      await own.query('COMMIT')
      return result
    } catch (error) {
      await own.query('ROLLBACK').catch(() => {})
      throw error
    } finally {
      await own.end()
    }
  }
  return {
    sql: Object.assign(sql, { begin }),
    async move(next) {
      to = next
      await client.move(next)
    },
    close: () => client.close(),
  }
}
