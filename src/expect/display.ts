import { inspect } from 'node:util'
import { isAsymmetric } from './asymmetric.ts'

/** Longer values are cut in messages. */
const mostCharacters = 160

function cut(text: string, length: number): string {
  if (text.length <= mostCharacters) return text
  return `${text.slice(0, mostCharacters)}… (${length} characters)`
}

function displayString(value: string): string {
  const quoted = inspect(value.length > mostCharacters ? value.slice(0, mostCharacters) : value, {
    maxStringLength: null,
  })
  return value.length > mostCharacters ? `${quoted}… (${value.length} characters)` : quoted
}

/** Runners give the name alone; the sample is what a reader looks for. */
function displayAsymmetric(value: object): string {
  const name =
    'toAsymmetricMatcher' in value && typeof value.toAsymmetricMatcher === 'function'
      ? String(value.toAsymmetricMatcher())
      : String(value)
  if (name === '[object Object]') return 'an asymmetric matcher'
  const sample = 'sample' in value ? value.sample : undefined
  return sample === undefined || typeof sample === 'function' ? name : `${name} ${display(sample)}`
}

/**
 * A value as it reads in a message: on one line, quoted if it is a string, cut if it is long, without colour.
 *
 * @param value anything
 */
export function display(value: unknown): string {
  if (typeof value === 'string') return displayString(value)
  if (isAsymmetric(value)) return displayAsymmetric(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Uint8Array) {
    const hex = Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, 32)).toString('hex')
    return value.byteLength > 32 ? `\\x${hex}… (${value.byteLength} bytes)` : `\\x${hex}`
  }
  const text = inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20, compact: true })
  return cut(text, text.length)
}

/**
 * A count with its noun: `1 row`, `3 rows`, `no rows`.
 *
 * @param noun in the singular; its plural is made with an s
 */
export function count(number: number, noun: string): string {
  if (number === 0) return `no ${noun}s`
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Lines under a heading, indented; nothing at all if there are none. At most `most` are shown. */
export function section(heading: string, lines: readonly string[], most = 12): readonly string[] {
  if (lines.length === 0) return []
  const shown = lines.slice(0, most).map((line) => `  ${line}`)
  const rest = lines.length - shown.length
  return ['', heading, ...shown, ...(rest > 0 ? [`  … and ${rest} more`] : [])]
}
