import { type EntityType, schemas } from '../fields.ts'
import { findingsOf, type ValidationResult } from './result.ts'

/** Checks what an entity is to be made of against L1, the rules of its type. */
export function validateL1(type: EntityType, fields: unknown): ValidationResult {
  return findingsOf(schemas[type], fields)
}
