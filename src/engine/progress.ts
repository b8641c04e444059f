import type { Progress } from '../contracts/index.ts'

/** What ends sooner is not worth a line. */
const quietMs = 1000

/**
 * Progress as plain lines: one when something has taken a second, one when it is done after that.
 *
 * @param print takes a line without its newline
 */
export function lineProgress(print: (line: string) => void): Progress {
  const going = new Map<string, { began: number; timer: NodeJS.Timeout; shown: boolean }>()
  return ({ what, finished }) => {
    const known = going.get(what)
    if (finished) {
      clearTimeout(known?.timer)
      going.delete(what)
      if (known?.shown) print(`${what}: done after ${((performance.now() - known.began) / 1000).toFixed(1)} s`)
      return
    }
    if (known !== undefined) return
    const entry = {
      began: performance.now(),
      shown: false,
      timer: setTimeout(() => {
        entry.shown = true
        print(`${what} …`)
      }, quietMs).unref(),
    }
    going.set(what, entry)
  }
}
