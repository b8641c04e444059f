import { isBacklotError } from '../errors/index.ts'
import type { Paint } from './terminal.ts'

/**
 * An error for the reader of a terminal: code, cause and hint; the stack on request alone.
 *
 * @param debug shows the stack and the causes
 */
export function showError(error: unknown, paint: Paint, debug: boolean): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (!isBacklotError(error)) {
    const message = error instanceof Error ? error.message : String(error)
    const lines = [
      `${paint('red', 'error')}: ${message}`,
      `  ${paint('cyan', '→')} this is not an error that Backlot knows: BACKLOT_DEBUG=1 shows its stack`,
    ]
    return (debug ? [...lines, stack] : lines).join('\n')
  }
  const lines = [`${paint('red', error.code)}: ${error.summary}`, `  ${paint('cyan', '→')} ${error.hint}`]
  if (error.details !== undefined) lines.push(error.details)
  if (debug) lines.push(stack, ...causes(error))
  return lines.join('\n')
}

function causes(error: Error): string[] {
  const lines: string[] = []
  for (let cause = error.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(`caused by: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`)
  }
  return lines
}
