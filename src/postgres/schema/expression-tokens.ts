/** A piece of an expression. */
export interface Token {
  readonly kind: 'string' | 'number' | 'word' | 'operator' | 'end'
  /** Words without quotes are in lower case. */
  readonly text: string
}

const pieces: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+|--[^\n]*/y],
  ['string', /(?:[eE])?'(?:[^']|'')*'/y],
  ['word', /"(?:[^"]|"")+"/y],
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['operator', /::|[()[\],.]|[-+*/<>=~!@#%^&|`?]+/y],
]

/** A name that needs no quotes is the same with them. */
function plain(text: string): string {
  return text.startsWith('"') ? text.replace(/^"([a-z_][a-z0-9_$]*)"$/, '$1') : text.toLowerCase()
}

/** Takes an expression apart; undefined for what is none. */
export function tokensOf(expression: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  let at = 0
  while (at < expression.length) {
    const found = pieces.flatMap(([kind, pattern]) => {
      pattern.lastIndex = at
      const text = pattern.exec(expression)?.[0]
      return text === undefined ? [] : [{ kind, text }]
    })[0]
    if (found === undefined) return undefined
    at += found.text.length
    if (found.kind === 'space') continue
    tokens.push({ kind: found.kind, text: found.kind === 'word' ? plain(found.text) : found.text })
  }
  return tokens
}
