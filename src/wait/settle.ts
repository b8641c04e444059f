import type { Bell } from './bell.ts'

/** Pauses between two looks at what is in flight, in milliseconds: nobody pushes "settled", but commits wake it sooner. */
const shortestPause = 2
const longestPause = 50

/**
 * Waits until nothing is in flight.
 *
 * @param inFlight answers with what is in flight now, one line each
 * @param bell rings at every commit; it is quiet when the last look began, so that one that rings afterwards was not seen by it
 * @param left milliseconds until the deadline
 * @returns what was still in flight at the deadline; empty means settled
 */
export async function settle(
  inFlight: () => Promise<readonly string[]>,
  bell: Bell,
  left: () => number,
): Promise<readonly string[]> {
  let pause = shortestPause
  for (;;) {
    bell.quiet()
    const lines = await inFlight()
    if (lines.length === 0 || left() <= 0) return lines
    await bell.wait(Math.min(pause, left()))
    pause = Math.min(pause * 2, longestPause)
  }
}
