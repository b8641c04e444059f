import { PlantError } from './errors.ts'

/** Two embeddings of the same thing are as close as this, or it has drifted. */
export const stabilityThreshold = 0.85

/** How an embedding stands to an earlier one. */
export interface Drift {
  /** Cosine similarity: 1 for the same direction, 0 for nothing in common, -1 for the opposite. */
  readonly stability: number
  readonly drifted: boolean
}

/**
 * Cosine similarity of two vectors.
 *
 * @throws PlantError `drift` when their lengths differ, or one is empty or has no direction
 */
export function cosineSimilarity(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) {
    throw new PlantError('drift', `Vectors of ${a.length} and ${b.length} dimensions cannot be compared.`)
  }
  const dot = a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0)
  const norm = Math.hypot(...a) * Math.hypot(...b)
  if (norm === 0 || !Number.isFinite(norm)) {
    throw new PlantError('drift', 'A vector without a direction cannot be compared.')
  }
  return Math.max(-1, Math.min(1, dot / norm))
}

/** Compares an embedding with an earlier one: below {@link stabilityThreshold} it has drifted. */
export function measureDrift(earlier: readonly number[], later: readonly number[]): Drift {
  const stability = cosineSimilarity(earlier, later)
  return { stability, drifted: stability < stabilityThreshold }
}
