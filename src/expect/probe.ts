import { AssertionError } from 'node:assert'
import { type MatcherContext, type Outcome, type Probe, probeMatchers } from '../contracts/index.ts'
import { BacklotError, nearest } from '../errors/index.ts'

/** Whether a value brings matchers of its own along. */
export function isProbe(value: unknown): value is Probe {
  return typeof value === 'object' && value !== null && probeMatchers in value
}

/**
 * Names of a probe's matchers: `['toHaveRow', ...]`. Whoever bridges probes to a test runner registers each once and hands
 * calls on to {@link callMatcher}.
 */
export function matcherNames(probe: Probe): readonly string[] {
  return Object.keys(probe[probeMatchers])
}

/**
 * Calls a matcher by name.
 *
 * @param probe what stood in `expect(...)`; anything, since a runner's types can be bypassed
 * @param name the matcher
 * @param context see {@link MatcherContext}
 * @param expected what stood between the matcher's parentheses
 * @throws BacklotError `BACKLOT_USAGE` if the value is no probe or has no such matcher
 */
export async function callMatcher(
  probe: unknown,
  name: string,
  context: MatcherContext,
  expected: readonly unknown[],
): Promise<Outcome> {
  if (!isProbe(probe)) {
    throw new BacklotError('BACKLOT_USAGE', `${name} needs a probe between the parentheses of expect`, {
      hint: "for example: await expect(db.table('users')).toHaveRow({ id: 1 })",
    })
  }
  const matcher: unknown = Object.entries(probe[probeMatchers]).find(([known]) => known === name)?.[1]
  if (typeof matcher !== 'function') {
    const names = matcherNames(probe)
    const near = nearest(name, names)
    throw new BacklotError('BACKLOT_USAGE', `${probe} has no matcher ${name}`, {
      hint: near === undefined ? `it has: ${names.join(', ')}` : `did you mean ${near}?`,
    })
  }
  return matcher(context, ...expected)
}

/** A matcher that answers at once is called without `await`; one that waits is awaited. */
type Assertion<M> = M extends (context: MatcherContext, ...expected: infer Expected) => infer Answer
  ? (...expected: Expected) => Answer extends Outcome ? void : Promise<void>
  : never

/** The matchers of a probe, as one calls them after `expect(probe)`; without `.not`. */
export type PositiveMatchers<P> = P extends Probe<infer M> ? { readonly [Name in keyof M]: Assertion<M[Name]> } : never

/** What `expect(probe)` offers: that probe's matchers alone, and `.not`. */
export type Matchers<P> = PositiveMatchers<P> & { readonly not: PositiveMatchers<P> }

/** Options of {@link expectProbe}. */
export interface ExpectProbeOptions {
  /** Deadline in milliseconds for matchers that are given none. Default: 5,000. */
  readonly timeoutMs?: number
}

/**
 * `expect` for probes without a test runner: for `node:test` and scripts.
 *
 * @returns the probe's matchers; each resolves when it stands and rejects with an `AssertionError` when it does not
 *
 * @example
 * ```ts
 * await expectProbe(db.table('users')).toHaveRow({ handle: 'bob.test' })
 * await expectProbe(db.table('invites')).not.toHaveRow({ code: 'x' })
 * ```
 */
export function expectProbe<P extends Probe>(probe: P, options: ExpectProbeOptions = {}): Matchers<P> {
  const assertions = (not: boolean): Record<string, (...expected: unknown[]) => Promise<void>> =>
    Object.fromEntries(
      matcherNames(probe).map((name) => {
        const assert = async (...expected: unknown[]): Promise<void> => {
          const outcome = await callMatcher(probe, name, { not, ...options }, expected)
          if (outcome.pass !== not) return
          const { actual, expected: wanted } = outcome
          throw new AssertionError({
            message: outcome.message(),
            actual,
            expected: wanted,
            operator: not ? `not.${name}` : name,
            stackStartFn: assert,
          })
        }
        return [name, assert]
      }),
    )
  return Object.assign(assertions(false), { not: assertions(true) }) as Matchers<P>
}
