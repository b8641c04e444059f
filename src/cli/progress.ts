import type { Progress, ProgressEvent } from '../contracts/index.ts'
import { type Output, paintFor } from './terminal.ts'

/** What ends sooner is not worth showing. */
const quietMs = 1_000
/** Plain lines about one thing come this far apart at least. */
const plainEveryMs = 10_000
const redrawMs = 100
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

interface Going {
  readonly began: number
  event: ProgressEvent
  /** When a plain line was last printed; undefined: not yet. */
  printed: number | undefined
}

/** Progress on standard error, and what takes its traces away. */
export interface ProgressDisplay {
  readonly report: Progress
  /** Clears the line; nothing is shown afterwards. */
  stop(): void
}

/** `12.3 of 30.1 MB`, `3 of 7`, or nothing. */
export function amount({ done, total }: ProgressEvent): string {
  if (done === undefined) return ''
  const scale =
    (total ?? done) >= 1_000_000 ? { by: 1_000_000, unit: ' MB', digits: 1 } : { by: 1, unit: '', digits: 0 }
  const shown = (value: number): string => (value / scale.by).toFixed(scale.digits)
  return total === undefined ? `, ${shown(done)}${scale.unit}` : `, ${shown(done)} of ${shown(total)}${scale.unit}`
}

/**
 * Shows what takes longer than a second: on a TTY as one line that is drawn over, elsewhere as plain lines, seldom.
 *
 * @param stream standard error
 */
export function showProgress(stream: Output): ProgressDisplay {
  const going = new Map<string, Going>()
  const paint = paintFor(stream)
  const tty = stream.isTTY === true
  let drawn = false
  let timer: NodeJS.Timeout | undefined

  const seconds = (since: number): string => `${Math.round((performance.now() - since) / 1000)} s`
  const overdue = (): Going[] => [...going.values()].filter(({ began }) => performance.now() - began >= quietMs)

  function clear(): void {
    if (drawn) stream.write('\r\u001b[2K')
    drawn = false
  }

  function draw(): void {
    const [first, ...others] = overdue()
    if (first === undefined) {
      clear()
      return
    }
    const frame = frames[Math.floor(performance.now() / redrawMs) % frames.length] ?? ''
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    const line = `${first.event.what}${amount(first.event)}, ${seconds(first.began)}${more}`
    const width = Math.max(20, stream.columns ?? 80) - 3
    stream.write(`\r\u001b[2K${paint('cyan', frame)} ${line.slice(0, width)}`)
    drawn = true
  }

  function printDue(): void {
    for (const entry of overdue()) {
      const { printed, event, began } = entry
      if (printed !== undefined && performance.now() - printed < plainEveryMs) continue
      entry.printed = performance.now()
      stream.write(`backlot: ${event.what}${amount(event)}${printed === undefined ? ' …' : `, ${seconds(began)} …`}\n`)
    }
  }

  function tick(): void {
    if (tty) draw()
    else printDue()
  }

  function finish(what: string): void {
    const entry = going.get(what)
    if (!going.delete(what)) return
    if (entry?.printed !== undefined) stream.write(`backlot: ${what}: done after ${seconds(entry.began)}\n`)
    if (tty) draw()
    if (going.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    report(event) {
      if (event.finished === true) {
        finish(event.what)
        return
      }
      const entry = going.get(event.what)
      if (entry === undefined) going.set(event.what, { began: performance.now(), event, printed: undefined })
      else entry.event = event
      timer ??= setInterval(tick, redrawMs).unref()
    },
    stop() {
      clearInterval(timer)
      going.clear()
      clear()
    },
  }
}
