import { type Token, tokensOf } from './expression-tokens.ts'

/** How tightly what stands between two operands binds. @see https://www.postgresql.org/docs/18/sql-syntax-lexical.html#SQL-PRECEDENCE */
const strengths = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  compare: 5,
  among: 6,
  other: 7,
  add: 8,
  multiply: 9,
  power: 10,
  zone: 11,
  collate: 12,
  sign: 13,
  postfix: 14,
} as const

const synonyms: Readonly<Record<string, string>> = { '!=': '<>', like: '~~', ilike: '~~*' }
const end: Token = { kind: 'end', text: '' }
/** Words that go on a type's name: `character varying`, `double precision`, `timestamp with time zone`. */
const furtherTypeWords = new Set(['varying', 'precision', 'with', 'without', 'time', 'zone'])
const numberTypes = new Set('integer int int2 int4 int8 bigint smallint numeric decimal real double float'.split(' '))

/** What this reader does not know: subqueries, `substring(x FROM y)`, ... */
class NotRead extends Error {}

function strengthOf({ kind, text }: Token): number {
  if (kind === 'word') {
    if (text === 'or' || text === 'and' || text === 'is' || text === 'collate') return strengths[text]
    if (['between', 'in', 'like', 'ilike', 'not'].includes(text)) return strengths.among
    return text === 'at' ? strengths.zone : 0
  }
  if (kind !== 'operator' || ['(', ')', ']', ',', '.'].includes(text)) return 0
  if (text === '::' || text === '[') return strengths.postfix
  if (['<', '>', '=', '<=', '>=', '<>', '!='].includes(text)) return strengths.compare
  if (text === '+' || text === '-') return strengths.add
  if (['*', '/', '%'].includes(text)) return strengths.multiply
  return text === '^' ? strengths.power : strengths.other
}

/** Reads by precedence and prints with all parentheses, without casts. */
function canonical(tokens: readonly Token[]): string {
  let at = 0
  /** What AND and OR join, so that `a AND (b AND c)` is `a AND b AND c`. */
  const joined = new Map<string, readonly string[]>()

  const peek = (): Token => tokens[at] ?? end
  const take = (): Token => {
    const token = peek()
    at += 1
    return token
  }
  const accept = (text: string): boolean => {
    if (peek().kind === 'string' || peek().text !== text) return false
    at += 1
    return true
  }
  const demand = (...texts: readonly string[]): void => {
    for (const text of texts) if (!accept(text)) throw new NotRead()
  }
  const list = (last: string): readonly string[] => {
    const items: string[] = []
    if (accept(last)) return items
    do items.push(read(0))
    while (accept(','))
    demand(last)
    return items
  }
  const join = (word: 'and' | 'or', ...operands: readonly string[]): string => {
    const parts = operands.flatMap((operand) => joined.get(`${word} ${operand}`) ?? [operand])
    const text = `(${parts.join(` ${word} `)})`
    joined.set(`${word} ${text}`, parts)
    return text
  }

  /** Passes over a type, and gives its first word. */
  function type(): string {
    let first = take().text
    while (accept('.')) first = take().text
    const further = (): void => {
      while (furtherTypeWords.has(peek().text)) take()
    }
    further()
    if (accept('(')) list(')')
    further()
    while (accept('[')) list(']')
    return first
  }

  function cases(): string {
    const parts: string[] = []
    while (!accept('end')) {
      const word = ['when', 'then', 'else'].find((known) => accept(known))
      parts.push(word === undefined ? read(0) : `${word} ${read(0)}`)
    }
    return `case ${parts.join(' ')} end`
  }

  function operand(): string {
    const { kind, text } = take()
    if (kind === 'end') throw new NotRead()
    if (kind === 'string' || kind === 'number') return text
    if (kind === 'operator') {
      if (text === '(') {
        const items = list(')')
        return items.length === 1 ? (items[0] ?? '') : `row(${items.join(', ')})`
      }
      if (['::', '[', ']', ')', ',', '.'].includes(text)) throw new NotRead()
      const signed = read(strengths.sign)
      return text === '-' && /^\d/.test(signed) ? `-${signed}` : `(${text} ${signed})`
    }
    if (text === 'not') return `(not ${read(strengths.not)})`
    if (text === 'case') return cases()
    if (text === 'array' && accept('[')) return `array[${list(']').join(', ')}]`
    if (text === 'cast' && accept('(')) {
      const value = read(0)
      demand('as')
      type()
      demand(')')
      return value
    }
    // A type in front of a constant: interval '1 day'.
    if (peek().kind === 'string') return take().text
    let name = text
    while (accept('.')) name += `.${take().text}`
    if (!accept('(')) return name
    return name === 'trim' || name === 'extract' ? wordy(name) : `${name}(${list(')').join(', ')})`
  }

  /** `trim(BOTH 'x' FROM y)` and `extract(year FROM day)`, which have words between their arguments. */
  function wordy(name: 'trim' | 'extract'): string {
    const side = ['both', 'leading', 'trailing'].find((word) => accept(word)) ?? 'both'
    const first = accept('from') ? undefined : read(0)
    const [subject, what] = first !== undefined && accept('from') ? [read(0), first] : [first ?? read(0), undefined]
    demand(')')
    return `${name}(${name === 'trim' ? `${side}, ` : ''}${[subject, ...(what === undefined ? [] : [what])].join(', ')})`
  }

  function among(left: string, word: string, negated: boolean): string {
    if (word === 'between') {
      const low = read(strengths.among)
      demand('and')
      const high = read(strengths.among)
      if (negated) return join('or', `(${left} < ${low})`, `(${left} > ${high})`)
      return join('and', `(${left} >= ${low})`, `(${left} <= ${high})`)
    }
    if (word === 'in') {
      demand('(')
      const items = list(')')
      const [compare, whole] = negated ? ['<>', 'all'] : ['=', 'any']
      if (items.length === 1) return `(${left} ${compare} ${items[0]})`
      return `(${left} ${compare} ${whole}(array[${items.join(', ')}]))`
    }
    const operator = synonyms[word]
    if (operator === undefined) throw new NotRead()
    return `(${left} ${negated ? '!' : ''}${operator} ${read(strengths.among)})`
  }

  function is(left: string): string {
    const not = accept('not') ? ' not' : ''
    if (!accept('distinct')) return `(${left} is${not} ${take().text})`
    demand('from')
    return `(${left} is${not} distinct from ${read(strengths.is)})`
  }

  function cast(left: string): string {
    const number = /^'(-?\d+(?:\.\d+)?)'$/.exec(left)?.[1]
    return numberTypes.has(type()) && number !== undefined ? number : left
  }

  function infix(left: string, { text }: Token, strength: number): string {
    if (text === '::') return cast(left)
    if (text === '[') return `${left}[${list(']').join(', ')}]`
    if (text === 'and' || text === 'or') return join(text, left, read(strength))
    if (text === 'is') return is(left)
    if (strength === strengths.among) return text === 'not' ? among(left, take().text, true) : among(left, text, false)
    if (text === 'at') {
      demand('time', 'zone')
      return `(${left} at time zone ${read(strength)})`
    }
    return `(${left} ${synonyms[text] ?? text} ${read(strength)})`
  }

  function read(least: number): string {
    let left = operand()
    for (let strength = strengthOf(peek()); strength > least; strength = strengthOf(peek())) {
      left = infix(left, take(), strength)
    }
    return left
  }

  const text = read(0)
  if (peek().kind !== 'end') throw new NotRead()
  return text
}

function normal(expression: string): string {
  const tokens = tokensOf(expression)
  if (tokens === undefined) return expression.trim()
  try {
    return canonical(tokens)
  } catch (error) {
    if (!(error instanceof NotRead)) throw error
    return tokens.map(({ text }) => text).join(' ')
  }
}

/**
 * Whether an expression as somebody writes it is one that Postgres printed: letter case, spaces, casts and parentheses that
 * change nothing do not count, nor how it is spelt (`IN`, `BETWEEN`, `LIKE`, `!=`).
 *
 * @param written `status IN ('draft', 'live')`
 * @param printed `status = ANY (ARRAY['draft'::text, 'live'::text])`
 */
export function isExpression(written: string, printed: string): boolean {
  return normal(written) === normal(printed)
}
