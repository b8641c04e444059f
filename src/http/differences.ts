import { isDeepStrictEqual } from 'node:util'
import { display, isAsymmetric } from '../expect/index.ts'
import { isSecret, maskJson } from './mask.ts'

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** A value in one line, secrets masked. */
export function show(value: unknown): string {
  return display(maskJson(value))
}

function property(path: string, key: string): string {
  return /^[\w$]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
}

/** Says where two values part. A difference below a secret name shows neither value. */
function unlike(path: string, key: string | undefined, expected: unknown, actual: unknown): string {
  if (actual === undefined) return `${path}: is missing, expected ${isSecret(key ?? '') ? 'a secret' : show(expected)}`
  if (isSecret(key ?? '') && !isAsymmetric(expected)) return `${path}: has another value than expected (not shown)`
  return `${path}: expected ${show(expected)}, got ${isSecret(key ?? '') ? 'another value (not shown)' : show(actual)}`
}

function compare(path: string, key: string | undefined, expected: unknown, actual: unknown): readonly string[] {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual) ? [] : [unlike(path, key, expected, actual)]
  if (isRecord(expected) && isRecord(actual)) {
    return Object.entries(expected).flatMap(([name, value]) => compare(property(path, name), name, value, actual[name]))
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const same = expected.flatMap((value, index) => compare(`${path}[${index}]`, undefined, value, actual[index]))
    return expected.length === actual.length
      ? same
      : [`${path}: expected ${expected.length} items, got ${actual.length}`, ...same]
  }
  // A Date and the like in an expectation stands for what JSON makes of it.
  const plain: unknown = expected instanceof Date ? expected.toJSON() : expected
  return isDeepStrictEqual(plain, actual) ? [] : [unlike(path, key, expected, actual)]
}

/**
 * Compares a value with what was expected of it: objects may have more keys than expected, lists have exactly the items
 * expected (each compared in the same way), asymmetric matchers decide for themselves.
 *
 * @returns one line for each place that differs; none when it matches
 */
export function differences(expected: unknown, actual: unknown, name = 'body'): readonly string[] {
  return compare(name, undefined, expected, actual)
}
