import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lineProgress } from './progress.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('what ends within a second says nothing', () => {
  const lines: string[] = []
  const progress = lineProgress((line) => lines.push(line))
  progress({ what: 'quick' })
  vi.advanceTimersByTime(900)
  progress({ what: 'quick', finished: true })
  vi.advanceTimersByTime(5000)
  expect(lines).toEqual([])
})

test('what takes longer gets one line when it is known to, and one when it is done', () => {
  const lines: string[] = []
  const progress = lineProgress((line) => lines.push(line))
  progress({ what: 'slow', done: 1 })
  vi.advanceTimersByTime(1500)
  progress({ what: 'slow', done: 2 })
  progress({ what: 'slow', finished: true })
  expect(lines).toHaveLength(2)
  expect(lines[0]).toBe('slow …')
  expect(lines[1]).toMatch(/^slow: done after \d+\.\d s$/)
})
