import { type Fields, isFields, text } from './causes.ts'
import { kindOf, type Violation, type ViolationKind } from './kinds.ts'
import { readServerWords, unquote } from './server-words.ts'

/** Prisma's own codes, for engines that hand no SQLSTATE on. */
const kindByCode: Readonly<Record<string, ViolationKind>> = {
  P2002: 'unique',
  P2003: 'foreign key',
  P2004: 'check',
  P2011: 'not null',
}

function texts(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.flatMap((item) => (typeof item === 'string' && item !== '' ? [unquote(item)] : []))
}

/** `DriverAdapterError.cause` of `@prisma/adapter-pg` and its like: the server's words, and part of the fields. */
export function readPrismaAdapter(cause: Fields): Violation | undefined {
  const kind = kindOf(cause.originalCode)
  if (kind === undefined) return undefined
  const message = text(cause.originalMessage) ?? ''
  const words = readServerWords(message, text(cause.detail))
  const told = isFields(cause.constraint) ? cause.constraint : {}
  const fields = texts(told.fields)
  return {
    kind,
    constraint: text(told.index) ?? words.constraint,
    table: text(cause.table) ?? words.table,
    columns: fields.length > 0 ? fields : words.columns,
    detail: text(cause.detail),
    message,
  }
}

/** `PrismaClientKnownRequestError` of the engines that Prisma had up to version 6: `target` is a constraint or its columns. */
export function readPrismaEngine(error: Fields): Violation | undefined {
  const code = text(error.code)
  const kind = code === undefined ? undefined : kindByCode[code]
  if (kind === undefined || !('clientVersion' in error)) return undefined
  const meta = isFields(error.meta) ? error.meta : {}
  // Foreign keys: `posts_author_fkey (index)`. A list names columns, a single text the constraint.
  const target = meta.target ?? meta.constraint ?? meta.field_name
  const single = typeof target === 'string' ? target.replace(/ \(index\)$/, '') : undefined
  const message = text(error.message) ?? ''
  const words = readServerWords(text(meta.database_error) ?? message, undefined)
  return {
    kind,
    constraint: single ?? words.constraint,
    table: text(meta.table) ?? words.table,
    columns: single === undefined ? texts(target) : words.columns,
    message,
  }
}
