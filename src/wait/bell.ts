import type { Timers } from './timers.ts'

/** Remembers that something happened until it is quieted, so that nothing is lost between looking and waiting. */
export interface Bell {
  ring(): void
  quiet(): void
  isRinging(): boolean
  /** Resolves as soon as it rings (at once if it does), or after `ms` milliseconds. */
  wait(ms: number): Promise<void>
}

/** A bell that is quiet. */
export function createBell(timers: Timers): Bell {
  let ringing = false
  let wake: (() => void) | undefined
  return {
    ring() {
      ringing = true
      wake?.()
    },
    quiet() {
      ringing = false
    },
    isRinging: () => ringing,
    wait(ms) {
      if (ringing || ms <= 0) return Promise.resolve()
      return new Promise((resolve) => {
        const callOff = timers.after(ms, () => wake?.())
        wake = () => {
          wake = undefined
          callOff()
          resolve()
        }
      })
    },
  }
}
