import { z } from 'zod'
import { findingsOf, type ValidationResult } from './result.ts'

/** L0, the rules that hold for every entity: who governs it, and a history that is there and only grows. */
const l0Schema = z.object({
  governanceAgentId: z.string('is missing').trim().min(1, 'is empty'),
  amendmentHistory: z.array(z.unknown(), 'is a list'),
  appendOnly: z.literal(true, 'is true'),
  hashChainSha256: z.array(z.string(), 'is a list').min(1, 'is empty'),
  versionHash: z.string('is missing').min(1, 'is empty'),
})

/** Checks an entity against L0. What is no entity at all is a finding too. */
export function validateL0(entity: unknown): ValidationResult {
  return findingsOf(l0Schema, entity)
}
