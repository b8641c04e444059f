import { isAsymmetric } from '../../expect/index.ts'
import { type ArrayText, parseArray } from './array-literal.ts'
import { readDate } from './date-text.ts'

/** Types that drivers give as numbers. */
const exactNumbers = new Set(['int2', 'int4', 'oid', 'float4', 'float8'])
/** Numbers that drivers give as text, since a JavaScript number may be too narrow. */
const wideNumbers = new Set(['int8', 'numeric'])
const dates = new Set(['date', 'timestamp', 'timestamptz'])

/** What a value is shown as in a message: numbers bare, the rest as its driver would give it. */
export function shownValue(type: string, text: string): unknown {
  if (exactNumbers.has(type)) return Number(text)
  if (type === 'int8') return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
  if (type === 'bool') return text === 't' || text === 'true'
  if (type === 'json' || type === 'jsonb') return JSON.parse(text)
  if (type === 'bytea') return Buffer.from(text.slice(2), 'hex')
  return text
}

/** Every form in which a driver may give a value, the usual one first: asymmetric matchers are asked about them. */
export function valueForms(type: string, element: string | undefined, text: string | null): readonly unknown[] {
  if (text === null) return [null]
  if (element !== undefined) return [formsOfArray(parseArray(text), element)]
  if (exactNumbers.has(type)) return [Number(text)]
  if (wideNumbers.has(type)) return [text, Number(text), ...(/^-?\d+$/.test(text) ? [BigInt(text)] : [])]
  if (dates.has(type)) {
    const time = readDate(text)
    return [
      Number.isFinite(time) ? new Date(time) : text,
      Number.isFinite(time) ? new Date(time).toISOString() : text,
      text,
    ]
  }
  return [shownValue(type, text)]
}

function formsOfArray(items: ArrayText, element: string): readonly unknown[] {
  return items.map((item) =>
    typeof item === 'string' || item === null ? valueForms(element, undefined, item)[0] : formsOfArray(item, element),
  )
}

/** A decimal number without superfluous zeros and exponent, so that equal numbers are equal text. */
export function plainDecimal(value: string): string {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(value.trim())
  if (found === null) return value.trim().toLowerCase()
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found
  const shift = whole.length + Number(exponent)
  const digits = whole + fraction
  const left = shift <= 0 ? '0' : digits.slice(0, shift).padEnd(shift, '0')
  const right = (shift < 0 ? '0'.repeat(-shift) + digits : digits.slice(Math.max(0, shift))).replace(/0+$/, '')
  const magnitude = `${left.replace(/^0+(?=\d)/, '')}${right === '' ? '' : `.${right}`}`
  return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude
}

function sameNumber(type: string, text: string, expected: unknown): boolean {
  if (type === 'float8') return Object.is(Number(text) + 0, Number(expected) + 0)
  if (type === 'float4') return Object.is(Math.fround(Number(text)) + 0, Math.fround(Number(expected)) + 0)
  return plainDecimal(text) === plainDecimal(String(expected))
}

function sameDate(text: string, expected: Date): boolean {
  const time = readDate(text)
  const local = expected.getTime() - expected.getTimezoneOffset() * 60_000
  if (/[+-]\d\d(:\d\d)*( BC)?$/.test(text) && text.includes(' ')) return time === expected.getTime()
  if (!text.includes(':'))
    return [local, expected.getTime()].some((moment) => Math.floor(moment / 86_400_000) * 86_400_000 === time)
  return time === local || time === expected.getTime()
}

/**
 * Whether the text that Postgres printed for a scalar is what was expected, compared as a person would: numbers by value,
 * dates by the moment, uuids without regard to case. Where a column can be compared by Postgres itself, Postgres does.
 */
export function sameScalar(type: string, text: string | null, expected: unknown): boolean {
  if (isAsymmetric(expected)) {
    return valueForms(type, undefined, text).some((form) => expected.asymmetricMatch(form))
  }
  if (text === null || expected === null) return text === expected
  if (exactNumbers.has(type) || wideNumbers.has(type)) return sameNumber(type, text, expected)
  if (type === 'bool') return (text === 't' || text === 'true') === (expected === true || expected === 'true')
  if (type === 'uuid') return text === String(expected).toLowerCase()
  if (expected instanceof Date) return sameDate(text, expected)
  if (dates.has(type) && typeof expected === 'string') {
    const moment = readDate(expected.replace('T', ' ').replace('Z', '+00'))
    return text === expected || (Number.isFinite(moment) && moment === readDate(text))
  }
  if (expected instanceof Uint8Array) return text === `\\x${Buffer.from(expected).toString('hex')}`
  if (type === 'bpchar') return text.trimEnd() === String(expected).trimEnd()
  return text === String(expected)
}
