import { type MatcherContext, type Outcome, type Probe, probeMatchers } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { defaultDeadlineMs, formatDuration } from '../../wait/index.ts'
import { differenceLines, expectedLines, violationLines, wholeError } from './describe.ts'
import { type Expected, readExpected, type ViolateOptions } from './expected.ts'
import type { ViolationKind } from './kinds.ts'
import { readViolation } from './read-violation.ts'

/** What can be asserted on a query: a promise of any driver, or a function that returns one. */
export interface QueryMatchers {
  /**
   * The query fails because it violates a constraint of this kind. Negated, it must succeed: another failure is told, not
   * swallowed.
   */
  toViolate(context: MatcherContext, kind: ViolationKind, options?: ViolateOptions): Promise<Outcome>
}

/** How a query ended. */
type Ended =
  | { readonly how: 'resolved'; readonly value: unknown }
  | { readonly how: 'rejected'; readonly error: unknown }

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}

/** Starts what is a function; queries of some drivers start when they are first waited for. */
function start(query: unknown): PromiseLike<unknown> {
  const started: unknown = typeof query === 'function' && !isThenable(query) ? query() : query
  if (isThenable(started)) return started
  throw new BacklotError('BACKLOT_USAGE', `toViolate needs a query, not ${display(started)}`, {
    hint: "hand it the promise: await expect(db.sql`INSERT ...`).toViolate('unique'), or a function that returns one",
  })
}

async function end(query: PromiseLike<unknown>, timeoutMs: number): Promise<Ended> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const summary = `the query did not end within ${formatDuration(timeoutMs)}`
      const hint = 'it may wait for a lock: end open transactions first, or give it longer: { timeout: ... }'
      reject(new BacklotError('BACKLOT_TIMEOUT', summary, { hint }))
    }, timeoutMs)
  })
  const ended = Promise.resolve(query).then(
    (value): Ended => ({ how: 'resolved', value }),
    (error: unknown): Ended => ({ how: 'rejected', error }),
  )
  return Promise.race([ended, late]).finally(() => clearTimeout(timer))
}

function outcome(pass: boolean, lines: readonly string[]): Outcome {
  return { pass, message: () => lines.join('\n') }
}

function judge(ended: Ended, expected: Expected, not: boolean): Outcome {
  const wanted = expectedLines(expected, not)
  if (ended.how === 'resolved') {
    return outcome(false, [...wanted, 'but the query succeeded: no constraint was violated'])
  }
  const violation = readViolation(ended.error)
  if (violation === undefined) {
    return outcome(not, [...wanted, 'but the query failed otherwise:', '', ...wholeError(ended.error)])
  }
  const [what, ...words] = violationLines(violation)
  const violated = [...wanted, `but it violated ${what}`, ...words]
  const differing = differenceLines(violation, expected)
  if (differing.length === 0) return outcome(true, violated)
  // Under `.not` any failure counts: a statement that failed proves nothing about the constraint.
  if (not) return outcome(true, [...violated, '', 'That is another one, but the query did not succeed either.'])
  return outcome(false, [...violated, '', 'What differs:', ...differing])
}

/**
 * A query to assert on, outside of the `expect` that a config binds. Nothing is run before a matcher is called.
 *
 * @param query a promise, something thenable, or a function that returns one; of any driver
 *
 * @example
 * ```ts
 * await expectProbe(query(pool.query('INSERT ...'))).toViolate('unique', { constraint: 'users_email_key' })
 * ```
 */
export function queryProbe(query: unknown): Probe<QueryMatchers> {
  return {
    [probeMatchers]: {
      async toViolate(context, kind, options) {
        const { timeoutMs = context.timeoutMs ?? defaultDeadlineMs, ...rest } = readExpected(kind, options)
        const expected: Expected = { ...rest, timeoutMs }
        return judge(await end(start(query), timeoutMs), expected, context.not)
      },
    },
    toString: () => 'the query',
  }
}
