/** One statement of a file. */
export interface Statement {
  /** Without the semicolon, from its first word on. */
  readonly text: string
  /** Where its text starts in the file, in UTF-16 code units. */
  readonly start: number
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Where a quoted string ends; a doubled quote stands for one, and in `E'...'` a backslash for what follows. */
function endOfQuoted(text: string, at: number, quote: string, backslash: boolean): number {
  for (let i = at + 1; i < text.length; i += 1) {
    if (backslash && text[i] === '\\') i += 1
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1
      i += 1
    }
  }
  return text.length
}

/** Block comments nest in Postgres. */
function endOfBlockComment(text: string, at: number): number {
  let depth = 0
  for (let i = at; i < text.length; i += 1) {
    if (text.startsWith('/*', i)) {
      depth += 1
      i += 1
    } else if (text.startsWith('*/', i)) {
      depth -= 1
      i += 1
      if (depth === 0) return i + 1
    }
  }
  return text.length
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/**
 * Splits SQL into statements at those semicolons that end one: not in strings, quoted names, dollar quotes, comments,
 * parentheses (`CREATE RULE ... DO (a; b)`) or the body of a function written with `BEGIN ATOMIC`.
 *
 * @see https://www.postgresql.org/docs/18/sql-syntax-lexical.html
 */
export function splitStatements(text: string): readonly Statement[] {
  const statements: Statement[] = []
  let start = -1
  let parentheses = 0
  let blocks = 0
  let words: string[] = []

  const finish = (end: number): void => {
    if (start >= 0) statements.push({ text: text.slice(start, end).trimEnd(), start })
    start = -1
    parentheses = 0
    blocks = 0
    words = []
  }
  /** Follows `BEGIN ATOMIC ... END` in routines, as psql does: CASE has an END too. */
  const follow = (name: string): void => {
    if (words.length < 5) words.push(name)
    const routine = words[0] === 'create' && words.some((seen) => seen === 'function' || seen === 'procedure')
    if (!routine) return
    if (name === 'begin' || (name === 'case' && blocks > 0)) blocks += 1
    else if (name === 'end' && blocks > 0) blocks -= 1
  }

  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    if (text.startsWith('--', at)) at = endOfLine(text, at)
    else if (text.startsWith('/*', at)) at = endOfBlockComment(text, at)
    else if (/\s/.test(char) || char === '\uFEFF') at += 1
    else if (char === ';') {
      if (parentheses === 0 && blocks === 0) finish(at)
      at += 1
    } else {
      if (start < 0) start = at
      const tag = char === '$' ? matchAt(dollarTag, text, at) : undefined
      const name = matchAt(word, text, at)
      if (tag !== undefined) {
        const end = text.indexOf(tag, at + tag.length)
        at = end < 0 ? text.length : end + tag.length
      } else if (char === "'" || char === '"') at = endOfQuoted(text, at, char, false)
      else if (name !== undefined && /^e$/i.test(name) && text[at + 1] === "'")
        at = endOfQuoted(text, at + 1, "'", true)
      else if (name !== undefined) {
        follow(name.toLowerCase())
        at += name.length
      } else if (/\d/.test(char)) at += matchAt(/[\w$]+/y, text, at)?.length ?? 1
      else {
        if (char === '(') parentheses += 1
        if (char === ')') parentheses = Math.max(0, parentheses - 1)
        at += 1
      }
    }
  }
  finish(text.length)
  return statements
}
