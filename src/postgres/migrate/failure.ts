import { isAbsolute, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BacklotError, type ErrorCode } from '../../errors/index.ts'
import { firstOwnFrame } from '../caller.ts'
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

/** What Postgres said besides. */
function remarks(error: ServerError, labels: readonly ('DETAIL' | 'HINT' | 'CONTEXT')[]): string[] {
  const texts = { DETAIL: error.detail, HINT: error.hint, CONTEXT: error.where }
  return labels.flatMap((label) => (texts[label] === undefined ? [] : [`  ${label}: ${texts[label]}`]))
}

type FailureCode = Extract<ErrorCode, 'BACKLOT_MIGRATION_FAILED' | 'BACKLOT_SEED_FAILED'>

/** What failed, for the error. */
export interface FailedStatement {
  readonly code: FailureCode
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
  return new BacklotError(failed.code, `${place}: ${error.message}`, {
    hint: hintFor(error, place),
    details: [...excerpt(source, first.line, caret), ...remarks(error, ['DETAIL', 'HINT', 'CONTEXT'])].join('\n'),
    cause,
  })
}

/** What a function was doing when it failed. */
export interface FailedFunction {
  readonly code: FailureCode
  readonly option: 'migrate' | 'seed'
  readonly projectRoot: string
  /** The statement of its `sql` that failed with the error, if one did. */
  readonly statement: { readonly text: string; readonly values: readonly unknown[] } | undefined
}

/** Longer lines of a statement that code put together are cut. */
const mostColumns = 160

/** A statement that code put together, without the blank lines around it, and what Postgres says of it. */
function refusedLines({ text, values }: NonNullable<FailedFunction['statement']>, error: ServerError): string[] {
  const blank = /^(?:[ \t]*\n)*/.exec(text)?.[0].length ?? 0
  const source = text.slice(blank).trimEnd()
  const position = Number(error.position)
  const at = position > 0 ? placeOf(source, offsetOf(text, position) - blank) : undefined
  const lines = source.split('\n')
  const cut = lines.map((line) => (line.length > mostColumns ? `${line.slice(0, mostColumns)} …` : line)).join('\n')
  return [
    ...excerpt(cut, 1, at !== undefined && at.column <= mostColumns ? at : undefined),
    // A DETAIL repeats values of rows.
    ...remarks(error, values.length > 0 ? ['HINT', 'CONTEXT'] : ['DETAIL', 'HINT', 'CONTEXT']),
  ]
}

/** `backlot.config.ts:12:9`: the first place of the user's in a stack, relative to the project where it lies in it. */
function placeIn(stack: string | undefined, projectRoot: string): string | undefined {
  const frame = firstOwnFrame(stack ?? '')
  if (frame === undefined) return undefined
  const place = frame.startsWith('file:') ? fileURLToPath(frame) : frame
  const inside = relative(projectRoot, place)
  return inside.startsWith('..') || isAbsolute(inside) ? place : inside
}

/** The error for a function that rejected: its line, and the statement of `sql` if that is what failed, without the values bound to it. */
export function functionFailure(failed: FailedFunction, cause: unknown): BacklotError {
  const { code, option, projectRoot, statement } = failed
  const error: ServerError = cause instanceof Error ? cause : new Error(String(cause))
  const stack = cause instanceof Error ? cause.stack : undefined
  const place = placeIn(stack, projectRoot)
  const shown = statement === undefined ? [] : refusedLines(statement, error)
  const details = [...shown, ...(stack === undefined ? [] : [stack])]
  return new BacklotError(code, `the ${option} function failed: ${error.message}`, {
    hint:
      place === undefined
        ? `throw errors that are made in the ${option} function: this one has no line of it`
        : hintFor(error, place),
    ...(details.length === 0 ? {} : { details: details.join('\n') }),
    cause,
  })
}
