import { BacklotError, type ErrorCode } from '../../errors/index.ts'
import { addOnNames } from '../server/add-ons.ts'
import type { Statement } from './split.ts'

/** Longer statements are cut in messages; the line with the caret always stays. */
const mostLines = 12

/** What Postgres says of an error, as `pg` hands it on. */
interface ServerError extends Error {
  readonly code?: string
  /** Counted in characters from 1, in the statement that was sent. */
  readonly position?: string
  readonly detail?: string
  readonly hint?: string
  readonly where?: string
}

/** Line and column, both from 1, of a place in a text. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}

/** The statement with line numbers, and a caret under a column of one of its lines. */
function excerpt(statement: string, firstLine: number, caret: { line: number; column: number } | undefined): string[] {
  const lines = statement.split('\n')
  const focus = caret === undefined ? 0 : caret.line - firstLine
  const from = Math.max(0, Math.min(focus - Math.floor(mostLines / 2), lines.length - mostLines))
  const shown = lines.slice(from, from + mostLines)
  const width = String(firstLine + from + shown.length - 1).length
  return shown.flatMap((line, index) => {
    const number = firstLine + from + index
    const text = `  ${String(number).padStart(width)} | ${line.replaceAll('\t', ' ')}`
    if (caret?.line !== number) return [text]
    return [text, `  ${' '.repeat(width)} | ${' '.repeat(Math.max(0, caret.column - 1))}^`]
  })
}

/** A position of Postgres, which counts code points, as an offset in UTF-16. */
function offsetOf(text: string, position: number): number {
  return [...text].slice(0, position - 1).join('').length
}

const hints: Readonly<Record<string, string>> = {
  '55P04': 'put the ALTER TYPE ... ADD VALUE into a file of its own: its new value can be used after its commit',
  '25001':
    'this statement runs outside of transactions alone: put it into a file with the line "-- backlot: no-transaction"',
}

const nameInConfig = (extension: string): string =>
  `name it in the config instead: postgres({ extensions: ['${extension}'] })`

function hintFor(error: ServerError, place: string): string {
  const known = hints[error.code ?? '']
  if (known !== undefined) return known
  const addOn = /extension "([^"]+)" is not available/.exec(error.message)?.[1]
  if (addOn !== undefined && addOnNames.includes(addOn)) return nameInConfig(addOn)
  const extension = /could not open extension control file|extension "([^"]+)" is not available/.test(error.message)
  if (extension) return 'the server does not bring this extension along: see npx backlot doctor'
  const forbidden = /permission denied to create extension "([^"]+)"/.exec(error.message)?.[1]
  if (forbidden !== undefined) return nameInConfig(forbidden)
  return `mend ${place}`
}

/** What failed, for the error. */
export interface FailedStatement {
  readonly code: Extract<ErrorCode, 'BACKLOT_MIGRATION_FAILED' | 'BACKLOT_SEED_FAILED'>
  /** Name of the file, relative to the project. */
  readonly file: string
  readonly content: string
  readonly statement: Statement
}

/** The error for a statement that Postgres refused: file, line, the statement, and a caret where Postgres gives a position. */
export function statementFailure(failed: FailedStatement, cause: unknown): BacklotError {
  const { content, statement, file } = failed
  const error: ServerError = cause instanceof Error ? cause : new Error(String(cause))
  const first = placeOf(content, statement.start)
  const position = Number(error.position)
  const caret =
    Number.isInteger(position) && position > 0
      ? placeOf(content, statement.start + offsetOf(statement.text, position))
      : undefined
  const at = caret ?? first
  const place = `${file}:${at.line}${caret === undefined ? '' : `:${caret.column}`}`
  // The first line keeps its indentation, so that the caret stands where it should.
  const source = ' '.repeat(first.column - 1) + statement.text
  const remarks = [
    ['DETAIL', error.detail],
    ['HINT', error.hint],
    ['CONTEXT', error.where],
  ].flatMap(([label, text]) => (text === undefined ? [] : [`  ${label}: ${text}`]))
  return new BacklotError(failed.code, `${place}: ${error.message}`, {
    hint: hintFor(error, place),
    details: [...excerpt(source, first.line, caret), ...remarks].join('\n'),
    cause,
  })
}
