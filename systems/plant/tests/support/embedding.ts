import { dimensions } from '../../src/domain/fields.ts'

/** An embedding in the plane of the first two dimensions: those at 0 and 60 degrees have a cosine of 0.5. */
export function embeddingAt(degrees: number): number[] {
  const angle = (degrees * Math.PI) / 180
  return Array.from({ length: dimensions }, (_, place) => [Math.cos(angle), Math.sin(angle)][place] ?? 0)
}
