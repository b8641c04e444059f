import type { z } from 'zod'
import { type EntityType, schemas } from '../fields.ts'
import { toResult, type ValidationResult } from './result.ts'

/** What a schema finds wrong with a value. */
export function findingsOf(schema: z.ZodType, value: unknown): ValidationResult {
  const parsed = schema.safeParse(value)
  if (parsed.success) return toResult([])
  return toResult(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })))
}

/** Checks what an entity is to be made of against L1, the rules of its type. */
export function validateL1(type: EntityType, fields: unknown): ValidationResult {
  return findingsOf(schemas[type], fields)
}
