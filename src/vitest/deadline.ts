import { defaultDeadlineMs } from '../wait/index.ts'

/** Share of a test's time that is left for a matcher's message, and the most that is needed for it, in milliseconds. */
const [share, most] = [0.1, 500]

/** When Vitest ends the running test, less what a message needs; undefined outside of tests, and in those without a limit. */
let latest: number | undefined

/**
 * A test has begun: matchers end before Vitest ends the test, so that the failure says what they saw and not that the time was up.
 *
 * @param timeoutMs the test's limit; 0 or infinite for none
 */
export function testBegins(timeoutMs: number): void {
  const limited = timeoutMs > 0 && Number.isFinite(timeoutMs)
  latest = limited ? performance.now() + timeoutMs - Math.min(most, timeoutMs * share) : undefined
}

/** The test has ended; what follows has limits of its own. */
export function testEnds(): void {
  latest = undefined
}

/** Deadline of a matcher that was given none, in milliseconds. */
export function matcherTimeout(): number {
  if (latest === undefined) return defaultDeadlineMs
  return Math.min(defaultDeadlineMs, Math.max(1, Math.round(latest - performance.now())))
}
