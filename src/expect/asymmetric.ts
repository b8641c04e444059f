/** What `expect.any(String)`, `expect.stringContaining('x')` and their like are made of, in every test runner. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean
}

/** Whether a value decides by itself what it equals. */
export function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === 'object' &&
    value !== null &&
    'asymmetricMatch' in value &&
    typeof value.asymmetricMatch === 'function'
  )
}

/** Whether a value is an asymmetric matcher or has one inside, at any depth. */
export function containsAsymmetric(value: unknown): boolean {
  if (isAsymmetric(value)) return true
  if (Array.isArray(value)) return value.some(containsAsymmetric)
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return false
  return Object.values(value).some(containsAsymmetric)
}

/**
 * Asks an asymmetric matcher about a value that has several natural forms (a `bigint` column is a number, a string or a bigint,
 * by the driver's settings). One form is enough; an inverse matcher (`expect.not.stringContaining`) must hold for all.
 */
export function matchesAnyForm(matcher: AsymmetricMatcher, forms: readonly unknown[]): boolean {
  const inverse = 'inverse' in matcher && matcher.inverse === true
  return inverse
    ? forms.every((form) => matcher.asymmetricMatch(form))
    : forms.some((form) => matcher.asymmetricMatch(form))
}
