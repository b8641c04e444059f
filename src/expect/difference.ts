import { isAsymmetric } from './asymmetric.ts'

/** One place where two JSON values differ. */
export interface Difference {
  /** Where, as one would write it in code: `.tags[1].name`; empty for the whole value. */
  readonly path: string
  readonly actual: unknown
  readonly expected: unknown
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function step(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

/** What `JSON.stringify` would make of a value; asymmetric matchers pass. */
function asJson(value: unknown): unknown {
  if (isAsymmetric(value)) return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return null
  if (isObject(value) && 'toJSON' in value && typeof value.toJSON === 'function') return value.toJSON()
  return value
}

/**
 * Where a JSON value differs from an expected one. The order of keys does not matter; keys that are undefined count as
 * absent; asymmetric matchers may stand at any depth.
 *
 * @param actual parsed JSON
 * @param expected what it should be
 * @returns every difference, outermost first; empty if there is none
 */
export function differences(actual: unknown, expected: unknown, path = ''): readonly Difference[] {
  const wanted = asJson(expected)
  if (isAsymmetric(wanted)) return wanted.asymmetricMatch(actual) ? [] : [{ path, actual, expected }]
  if (Array.isArray(wanted) && Array.isArray(actual)) {
    const length = Math.max(wanted.length, actual.length)
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differences(actual[index], wanted[index], `${path}[${index}]`),
    )
  }
  if (isObject(wanted) && isObject(actual)) {
    const keys = new Set([...Object.keys(wanted), ...Object.keys(actual)])
    return [...keys].flatMap((key) => differences(actual[key], wanted[key], `${path}${step(key)}`))
  }
  return Object.is(actual, wanted) || (actual === 0 && wanted === 0) ? [] : [{ path, actual, expected }]
}
