import { causes, type Fields, text } from './causes.ts'
import { kindOf, type Violation } from './kinds.ts'
import { readPrismaAdapter, readPrismaEngine } from './prisma.ts'
import { readServerWords } from './server-words.ts'

/** What node-postgres and postgres.js hand on of a server's error; the fields of the protocol have two spellings. */
function readDriver(error: Fields): Violation | undefined {
  const kind = kindOf(error.code)
  if (kind === undefined) return undefined
  const message = text(error.message) ?? ''
  // Prisma puts both into one text when a raw query fails.
  const detail = text(error.detail) ?? /^DETAIL: +(.+)$/m.exec(message)?.[1]
  const words = readServerWords(message, detail)
  const column = text(error.column) ?? text(error.column_name)
  return {
    kind,
    constraint: text(error.constraint) ?? text(error.constraint_name) ?? words.constraint,
    schema: text(error.schema) ?? text(error.schema_name),
    table: text(error.table) ?? text(error.table_name) ?? words.table,
    columns: column === undefined ? words.columns : [column],
    detail,
    message,
  }
}

/**
 * The constraint that an error tells of, whichever driver, query builder or ORM it came through.
 *
 * @param error anything that was thrown
 * @returns undefined if it is no violation of a constraint
 */
export function readViolation(error: unknown): Violation | undefined {
  const found = causes(error)
  // What the server said goes before what a layer above made of it.
  for (const read of [readDriver, readPrismaAdapter, readPrismaEngine]) {
    for (const fields of found) {
      const violation = read(fields)
      if (violation !== undefined) return violation
    }
  }
  return undefined
}
