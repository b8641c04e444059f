/** A scanner's result where there is nothing to return: -1 as in `indexOf`. */
const none = -1
const quote = 0x22 // "
const apostrophe = 0x27 // '
const open = 0x5b // [
const close = 0x5d // ]

/**
 * Where an identifier ends that Postgres printed (`quote_identifier`): quoted with doubled quotes inside, or plain.
 *
 * @returns the index behind it
 */
export function identifierEnd(text: string, start: number): number {
  let at = start
  if (text.charCodeAt(at) !== quote) {
    for (; at < text.length; at += 1) {
      const c = text.charCodeAt(at)
      const plain = (c >= 0x61 && c <= 0x7a) || c === 0x5f || (c >= 0x30 && c <= 0x39) || c === 0x24 || c > 0x7f
      if (!plain) return at
    }
    return at
  }
  for (at += 1; at < text.length; at += 1) {
    if (text.charCodeAt(at) !== quote) continue
    if (text.charCodeAt(at + 1) !== quote) return at + 1
    at += 1
  }
  return at
}

/** An identifier as it stands in the catalog, from what Postgres printed. */
export function unquoteIdentifier(printed: string): string {
  return printed.charCodeAt(0) === quote ? printed.slice(1, -1).replaceAll('""', '"') : printed
}

/** Where `schema.table` as Postgres printed it ends. */
export function qualifiedNameEnd(text: string, start: number): number {
  const dot = identifierEnd(text, start)
  return text[dot] === '.' ? identifierEnd(text, dot + 1) : dot
}

/** `schema.table` as Postgres printed it, without its quotes. */
export function unquoteQualifiedName(printed: string): string {
  const dot = identifierEnd(printed, 0)
  return `${unquoteIdentifier(printed.slice(0, dot))}.${unquoteIdentifier(printed.slice(dot + 1))}`
}

/** Where a type in brackets ends that starts at `start`; a type's name may be quoted and hold brackets itself. */
function typeEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const c = text.charCodeAt(at)
    if (c === quote) at = identifierEnd(text, at) - 1
    else if (c === open) depth += 1
    else if (c === close) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return text.length
}

/** Where a string ends whose opening apostrophe is at `start`; apostrophes inside are doubled. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  for (;;) {
    at = text.indexOf("'", at)
    if (at === none) return text.length
    if (text.charCodeAt(at + 1) !== apostrophe) return at + 1
    at += 2
  }
}

/** Stands for a large value that an UPDATE did not touch: test_decoding prints `unchanged-toast-datum` in its place. */
export const unchanged: unique symbol = Symbol('unchanged')

/** A value's text as its type's output function printed it, null, or not sent because it did not change. */
export type Value = string | null | typeof unchanged

/** A cursor over one line of test_decoding. */
export interface Cursor {
  readonly text: string
  at: number
}

/** Reads the value at the cursor, which stands behind `name[type]:`, and moves behind it. */
export function readValue(cursor: Cursor): Value {
  const { text } = cursor
  // A bit string has a B before its apostrophe. No number, `null`, `true` or `false` starts with one.
  const start = text.charCodeAt(cursor.at) === 0x42 ? cursor.at + 1 : cursor.at
  if (text.charCodeAt(start) === apostrophe) {
    cursor.at = stringEnd(text, start)
    const inner = text.slice(start + 1, cursor.at - 1)
    return inner.includes("'") ? inner.replaceAll("''", "'") : inner
  }
  const space = text.indexOf(' ', start)
  cursor.at = space === none ? text.length : space
  const word = text.slice(start, cursor.at)
  if (word === 'null') return null
  // test_decoding spells booleans out; the type's output function, and so every row image, has one letter.
  if (word === 'true') return 't'
  if (word === 'false') return 'f'
  return word === 'unchanged-toast-datum' ? unchanged : word
}

/** Reads ` name[type]:` at the cursor and moves behind it; undefined where there is no further column. */
export function readLabel(cursor: Cursor): string | undefined {
  const { text } = cursor
  if (text[cursor.at] !== ' ') return undefined
  const end = identifierEnd(text, cursor.at + 1)
  if (end === cursor.at + 1 || text.charCodeAt(end) !== open) return undefined
  const name = unquoteIdentifier(text.slice(cursor.at + 1, end))
  cursor.at = typeEnd(text, end) + 1
  return name
}
