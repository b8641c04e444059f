/**
 * Waiting for what is pushed: deadlines, and looks that follow events instead of a clock.
 *
 * @module
 */
export { type Duration, formatDuration, parseDuration } from './duration.ts'
export { realTimers, type Timers } from './timers.ts'
export { defaultDeadlineMs, recheckWithoutFeedMs, type Waited, type WaitOptions, waitUntil } from './wait-until.ts'
