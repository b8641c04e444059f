import { describe, expect, test } from 'vitest'
import { measureDrift, stabilityThreshold } from '../../src/index.ts'
import { embeddingAt } from '../support/embedding.ts'

describe('drift', () => {
  test('is none between an embedding and itself, however long', () => {
    expect(measureDrift([3, 4], [6, 8])).toEqual({ stability: 1, drifted: false })
  })

  test('begins below 0.85', () => {
    const limit = (Math.acos(stabilityThreshold) * 180) / Math.PI
    expect(measureDrift(embeddingAt(0), embeddingAt(limit - 0.01)).drifted).toBe(false)
    expect(measureDrift(embeddingAt(0), embeddingAt(limit + 0.01)).drifted).toBe(true)
  })

  test('is as large as it can be towards the opposite', () => {
    expect(measureDrift([1, 0], [-1, 0])).toEqual({ stability: -1, drifted: true })
  })

  test('is not measured where it has no meaning', () => {
    expect(() => measureDrift([1], [1, 2])).toThrowErrorMatchingInlineSnapshot(
      `[PlantError: Vectors of 1 and 2 dimensions cannot be compared.]`,
    )
    expect(() => measureDrift([], [])).toThrow('0 and 0 dimensions')
    expect(() => measureDrift([0, 0], [1, 0])).toThrowErrorMatchingInlineSnapshot(
      `[PlantError: A vector without a direction cannot be compared.]`,
    )
  })
})
