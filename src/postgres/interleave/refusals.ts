import { BacklotError } from '../../errors/index.ts'
import { formatDuration } from '../../wait/index.ts'
import { oneLine } from '../activity.ts'
import type { StepRecord, Waiting } from './record.ts'

/** A statement came when nobody listens any more. */
export function runHasEnded(): BacklotError {
  return new BacklotError('BACKLOT_USAGE', 'a statement came after its run had ended', {
    hint: 'await every statement, or assert on it, before the script of interleave returns',
  })
}

function timedOut(summary: string, hint: string, details: readonly string[]): BacklotError {
  return new BacklotError('BACKLOT_TIMEOUT', summary, { hint, details: details.join('\n') })
}

const runs = (session: string, statement: string): string => `  ${session} runs: ${oneLine(statement)}`

/** The next statement cannot start. */
export function neverQuiet(session: string, statement: string, timeoutMs: number): BacklotError {
  return timedOut(
    `${session} neither ended nor waits for a lock after ${formatDuration(timeoutMs)}`,
    'the next statement starts when this one has ended or waits: give it longer with { timeout: ... }',
    [runs(session, statement)],
  )
}

/**
 * A statement has not ended in time.
 *
 * @param waiting whom it waits for, if it does
 */
export function neverEnded(
  { session, statement }: StepRecord,
  waiting: Waiting | undefined,
  timeoutMs: number,
): BacklotError {
  const after = formatDuration(timeoutMs)
  if (waiting === undefined) {
    const summary = `${session} did not end its statement within ${after}`
    return timedOut(summary, 'give it longer with { timeout: ... }', [runs(session, statement)])
  }
  return timedOut(
    `${session} has waited for ${waiting.sessions.join(' and ') || 'somebody else'} for ${after}`,
    'end the transaction that it waits for before you await it; expect(step).toBeBlockedBy(...) asserts that it waits',
    [runs(session, statement), ...waiting.lines.map((line) => `  it waits for ${line}`)],
  )
}
