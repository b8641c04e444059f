/** Tells the time, and lets it pass. */
export interface Clock {
  now(): Date
  sleep(milliseconds: number): Promise<void>
}

/** The real one. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) =>
    new Promise((resolve) => {
      setTimeout(resolve, milliseconds)
    }),
}
