import type { Timers } from '../src/wait/index.ts'

/** Time that passes only when a test says so. */
export interface HandDrivenTimers extends Timers {
  /** Lets so many milliseconds pass; alarms ring in their order, and what waits on them has run when this resolves. */
  pass(ms: number): Promise<void>
}

/** Lets everything run that is ready to. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

export function handDrivenTimers(): HandDrivenTimers {
  let now = 0
  let alarms: { at: number; callback: () => void }[] = []
  return {
    now: () => now,
    after(ms, callback) {
      const alarm = { at: now + ms, callback }
      alarms.push(alarm)
      return () => {
        alarms = alarms.filter((other) => other !== alarm)
      }
    },
    async pass(ms) {
      const until = now + ms
      for (;;) {
        await quiet()
        const [next] = alarms.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)
        if (next === undefined) break
        now = next.at
        alarms = alarms.filter((other) => other !== next)
        next.callback()
      }
      now = until
      await quiet()
    },
  }
}
