import { setImmediate } from 'node:timers/promises'
import { vi } from 'vitest'

/** Timers that run when the test says so. */
export interface StoppedTimers extends Disposable {
  /** Lets so many milliseconds pass for timers, and what they set off run. */
  pass(milliseconds: number): Promise<void>
}

/**
 * Stops the timers that are set from here to the end of the scope, so that time limits are tested as they are in production, to
 * the millisecond, without waiting for them: `using timers = stopTimers()`. The database and the network go on as ever.
 */
export function stopTimers(): StoppedTimers {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  return {
    async pass(milliseconds) {
      // What was begun before sets its timers first.
      await setImmediate()
      vi.advanceTimersByTime(milliseconds)
      await setImmediate()
    },
    [Symbol.dispose]: () => void vi.useRealTimers(),
  }
}
