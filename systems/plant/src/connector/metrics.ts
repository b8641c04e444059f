/** How a pool is doing. */
export interface PoolMetrics {
  readonly size: number
  readonly maxOverflow: number
  /** In use, those that are being opened included. */
  readonly checkedOut: number
  /** Open and free. */
  readonly idle: number
  /** Open beyond `size`. */
  readonly overflow: number
  /** Callers without a connection yet. */
  readonly waiting: number
  /** Connections handed out so far. */
  readonly acquired: number
  /** Callers that waited in vain. */
  readonly timeouts: number
  /** Kept connections that did not answer, and were replaced. */
  readonly replaced: number
  /** How long callers waited, in milliseconds, those that got one. */
  readonly waits: { readonly totalMs: number; readonly maxMs: number; readonly meanMs: number }
}

/** Counts what a pool does. */
export interface Meter {
  acquired(waitedMs: number): void
  timedOut(): void
  replaced(): void
  read(): Pick<PoolMetrics, 'acquired' | 'timeouts' | 'replaced' | 'waits'>
}

/** Begins to count. */
export function createMeter(): Meter {
  let [acquired, timeouts, replaced, totalMs, maxMs] = [0, 0, 0, 0, 0]
  return {
    acquired: (waitedMs) => {
      acquired += 1
      totalMs += waitedMs
      maxMs = Math.max(maxMs, waitedMs)
    },
    timedOut: () => {
      timeouts += 1
    },
    replaced: () => {
      replaced += 1
    },
    read: () => ({
      acquired,
      timeouts,
      replaced,
      waits: { totalMs, maxMs, meanMs: acquired === 0 ? 0 : totalMs / acquired },
    }),
  }
}
