import type { z } from 'zod'

/** What is wrong with one field. */
export interface Finding {
  /** As the field is called: `requiredSkills`, `embedding384.3`. */
  readonly field: string
  readonly message: string
}

/** What a validator found. Validators never throw. */
export interface ValidationResult {
  readonly valid: boolean
  readonly findings: readonly Finding[]
}

/** A result of what was found: valid if that is nothing. */
export function toResult(findings: readonly Finding[]): ValidationResult {
  return { valid: findings.length === 0, findings }
}

/** `name is empty; category is missing` */
export function describeFindings(findings: readonly Finding[]): string {
  return findings.map(({ field, message }) => (field === '' ? message : `${field} ${message}`)).join('; ')
}

/** What a schema finds wrong with a value. */
export function findingsOf(schema: z.ZodType, value: unknown): ValidationResult {
  const parsed = schema.safeParse(value)
  if (parsed.success) return toResult([])
  return toResult(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })))
}
