/** The clock and the alarm that waiting uses; a parameter, so that tests can drive time by hand. */
export interface Timers {
  /** Milliseconds from a fixed point; never goes back. */
  now(): number
  /** Calls back once after `ms` milliseconds. Returns what calls it off. */
  after(ms: number, callback: () => void): () => void
}

/** The real ones. */
export const realTimers: Timers = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
