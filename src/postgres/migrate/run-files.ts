import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import { type FailedStatement, statementFailure } from './failure.ts'
import type { InputFile } from './files.ts'
import { type Statement, splitStatements } from './split.ts'
import { canBeWrapped, runsInTransaction, upwards } from './transactional.ts'

/** What only psql understands, and a driver does not. */
function refusePsql({ code, file, content }: Omit<FailedStatement, 'statement'>, { text, start }: Statement): void {
  const meta = text.startsWith('\\')
  const copy = /^copy\b[\s\S]*\bfrom\s+stdin\b/i.test(text)
  if (!meta && !copy) return
  const line = content.slice(0, start).split('\n').length
  throw new BacklotError(
    code,
    `${file}:${line}: ${meta ? text.split('\n')[0] : 'COPY ... FROM stdin'} is for psql alone`,
    {
      hint: 'dump with pg_dump --inserts and take out lines that begin with a backslash, or run psql: { command: ["psql", "-f", ...] }',
    },
  )
}

/** SQL that runs as one: all of it, or nothing. */
export interface Script {
  /** Name of the file, relative to the project. */
  readonly file: string
  readonly content: string
}

/** Who looks at each statement as it runs. */
export interface StatementWatch {
  /**
   * After a statement, inside of its transaction; one that commits by itself is given one for it, where it can run in any.
   *
   * @param ms how long it ran
   */
  after(statement: Statement, at: { readonly ms: number; readonly inTransaction: boolean }): Promise<void>
}

/** Runs a statement, and lets somebody look before its transaction ends. */
async function runWatched(client: Client, statement: Statement, watch: StatementWatch): Promise<void> {
  const single = client.getTransactionStatus() === 'I' && canBeWrapped(statement)
  if (single) await client.query('BEGIN')
  const began = performance.now()
  await client.query(statement.text)
  const ms = performance.now() - began
  await watch.after(statement, { ms, inTransaction: client.getTransactionStatus() === 'T' })
  if (single) await client.query('COMMIT')
}

/**
 * Runs a script in a transaction, unless it holds what cannot run in one.
 *
 * @throws BacklotError with `code`, showing file, line and statement
 */
export async function runScript(
  client: Client,
  { file, content }: Script,
  code: FailedStatement['code'],
  watch?: StatementWatch,
): Promise<void> {
  const statements = splitStatements(content)
  const wrapped = runsInTransaction(content, statements)
  const where = { code, file, content }
  if (wrapped) await client.query('BEGIN')
  let current: Statement | undefined
  try {
    for (current of statements) {
      refusePsql(where, current)
      if (watch === undefined) await client.query(current.text)
      else await runWatched(client, current, watch)
    }
    current = undefined
    if (wrapped) await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    if (error instanceof BacklotError) throw error
    // Deferred constraints fail at the commit, which belongs to the file as a whole.
    throw statementFailure({ ...where, statement: current ?? { text: 'COMMIT', start: content.length } }, error)
  }
  // What one file sets for its session does not reach the next.
  await client.query('RESET ALL')
}

/**
 * Runs SQL files one after the other, each in a transaction of its own unless it holds what cannot run in one.
 *
 * @throws BacklotError with `code`, showing file, line and statement
 */
export async function runFiles(
  client: Client,
  files: readonly InputFile[],
  code: FailedStatement['code'],
): Promise<void> {
  for (const { name, content } of files) {
    await runScript(client, { file: name, content: upwards(content.toString('utf8')) }, code)
  }
}
