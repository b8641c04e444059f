import { type MatcherContext, type Outcome, probeMatchers } from '../../contracts/index.ts'
import { BacklotError, nearest } from '../../errors/index.ts'
import { display, section } from '../../expect/index.ts'
import { defaultDeadlineMs, formatDuration, parseDuration } from '../../wait/index.ts'
import { oneLine } from '../activity.ts'
import { wholeError } from '../violation/describe.ts'
import { queryProbe } from '../violation/to-violate.ts'
import type { StepMatchers, StepWaitingOptions } from './contract.ts'
import { failureNames, showSqlState, sqlStateNamed, sqlStateOf } from './failures.ts'
import type { StepRecord, Waiting } from './record.ts'
import { scheduleOf } from './report.ts'
import type { Stage } from './stage.ts'

/** What was seen of a step that was watched. */
type Seen = { readonly how: 'waits'; readonly waiting: Waiting } | { readonly how: 'ended' } | { readonly how: 'late' }

function deadline(context: MatcherContext, options: StepWaitingOptions | undefined): number {
  return parseDuration(options?.timeout ?? context.timeoutMs ?? defaultDeadlineMs, 'timeout')
}

/** Watches a step until it waits for the right one, has ended, or a deadline has passed. */
async function watchStep(
  stage: Stage,
  record: StepRecord,
  until: (waiting: Waiting) => boolean,
  timeoutMs: number,
): Promise<Seen> {
  const end = performance.now() + timeoutMs
  let last: Waiting | undefined
  for (;;) {
    if (record.state !== 'queued' && record.state !== 'running') return { how: 'ended' }
    if (record.error !== undefined) return { how: 'ended' }
    last = await stage.waiting(record)
    if (last !== undefined && until(last)) return { how: 'waits', waiting: last }
    if (performance.now() > end) return last === undefined ? { how: 'late' } : { how: 'waits', waiting: last }
    await stage.moment()
  }
}

function outcome(stage: Stage, pass: boolean, lines: readonly string[]): Outcome {
  return { pass, message: () => [...lines, ...section('So far:', scheduleOf(stage.records), 40)].join('\n') }
}

/** Makes the matchers of a step. */
export function stepMatchers(stage: Stage, record: StepRecord, result: Promise<unknown>): StepMatchers {
  const { session } = record
  const statement = (): string => `  ${session} runs: ${oneLine(record.statement)}`

  async function blocked({ not }: MatcherContext, by: string | undefined, timeoutMs: number): Promise<Outcome> {
    const isIt = ({ sessions }: Waiting): boolean => by === undefined || sessions.includes(by)
    // Under `.not` a step that waits for others has shown what is asked for: it does not wait for this one.
    const seen = await watchStep(stage, record, not ? () => true : isIt, timeoutMs)
    const wanted = `Expected ${session} ${not ? 'not ' : ''}to wait for ${by ?? 'a lock'}`
    const after = formatDuration(timeoutMs)
    if (seen.how === 'waits') {
      const lines = seen.waiting.lines.map((line) => `  it waits for ${line}`)
      const met = isIt(seen.waiting)
      return outcome(stage, met, [
        wanted,
        met ? 'but it waits' : `but it waited for others for ${after}`,
        statement(),
        ...lines,
      ])
    }
    if (seen.how === 'late') {
      return outcome(stage, not, [wanted, `but after ${after} it neither waits nor has ended`, statement()])
    }
    return outcome(stage, false, [wanted, 'but it ended without that', statement()])
  }

  return {
    async toBeBlockedBy(context, other, options) {
      const name: unknown = other?.name
      if (typeof name !== 'string') {
        throw new BacklotError('BACKLOT_USAGE', `toBeBlockedBy takes a session of the run, not ${display(other)}`, {
          hint: 'for example: interleave(db, async ({ a, b }) => { ... await expect(step).toBeBlockedBy(a) })',
        })
      }
      return blocked(context, name, deadline(context, options))
    },
    toViolate(context, kind, options) {
      record.observed = true
      return queryProbe(result)[probeMatchers].toViolate(context, kind, options)
    },
    toBeBlocked: async (context, options) => blocked(context, undefined, deadline(context, options)),
    async toFailWith(context, failure, options) {
      const wanted = sqlStateNamed(failure)
      if (wanted === undefined) {
        const near = nearest(failure, failureNames)
        throw new BacklotError('BACKLOT_USAGE', `toFailWith knows no failure ${display(failure)}`, {
          hint:
            near === undefined
              ? `write an SQLSTATE ('23505'), or: ${failureNames.join(', ')}`
              : `did you mean '${near}'?`,
        })
      }
      record.observed = true
      const timeoutMs = deadline(context, options)
      const expected = `Expected ${session} ${context.not ? 'not ' : ''}to fail with ${showSqlState(wanted)}`
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), timeoutMs)
      })
      const ended = result.then(
        () => 'succeeded' as const,
        (error: unknown) => ({ error }),
      )
      const found = await Promise.race([ended, late]).finally(() => clearTimeout(timer))
      if (found === 'late') {
        const waiting = await stage.waiting(record)
        const lines = (waiting?.lines ?? []).map((line) => `  it waits for ${line}`)
        return outcome(stage, context.not, [
          expected,
          `but it has not ended after ${formatDuration(timeoutMs)}`,
          statement(),
          ...lines,
        ])
      }
      if (found === 'succeeded') return outcome(stage, false, [expected, 'but it succeeded', statement()])
      if (sqlStateOf(found.error) === wanted) return outcome(stage, true, [expected, 'but it did', statement()])
      const lines = [expected, 'but it failed otherwise:', statement(), '', ...wholeError(found.error)]
      return outcome(stage, context.not, lines)
    },
  }
}
