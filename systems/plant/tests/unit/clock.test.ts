import { afterEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/domain/clock.ts'

afterEach(() => void vi.useRealTimers())

test('the system clock lets the time pass that it is told to', async () => {
  vi.useFakeTimers()
  const began = systemClock.now().getTime()
  const slept = systemClock.sleep(5_000).then(() => systemClock.now().getTime() - began)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await slept).toBe(5_000)
})
