import { asValue } from 'awilix'
import type { Registrations } from '../../src/container.ts'
import type { Clock } from '../../src/domain/models.ts'

/** A clock that stands until it is moved. */
export interface TestClock extends Clock {
  /** Moves it on by this many minutes. */
  advance(minutes: number): void
  /** For `createEnv({ replace: clock.registration })`. */
  readonly registration: Registrations
}

/** A clock that stands at noon of the first of March 2026 (UTC). */
export function createTestClock(): TestClock {
  let now = new Date('2026-03-01T12:00:00.000Z')
  const clock: Clock = { now: () => now }
  return {
    ...clock,
    advance: (minutes) => {
      now = new Date(now.getTime() + minutes * 60_000)
    },
    registration: { clock: asValue(clock) },
  }
}
