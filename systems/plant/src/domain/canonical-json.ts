import { PlantError } from './errors.ts'

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json
}

/**
 * Writes a value the one way that RFC 8785 (JCS) allows: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript
 * prints them. What is hashed is this, so that any language finds the same hash.
 *
 * @throws PlantError `validation` for a number that JSON cannot say
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new PlantError('validation', `JSON has no number ${value}.`)
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

// Array.isArray does not tell a readonly array from an object.
function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value)
}
