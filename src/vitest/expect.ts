import { type Assertion, type ExpectStatic, expect as vitestExpect } from 'vitest'
import { type MatcherContext, type Outcome, type Probe, probeMatchers } from '../contracts/index.ts'
import {
  isProbe,
  type Matchers,
  matcherNames,
  type PositiveMatchers,
  type ProbingServices,
  type ValueMatchersOf,
  valueProbe,
} from '../expect/index.ts'
import type { ResponseMatchers } from '../http/index.ts'
import { matcherTimeout } from './deadline.ts'

/** Vitest's matchers, and those that the services bring for values; `.not` has both too. */
type ValueAssertion<Value, ValueMatchers extends object> = Assertion<void, Value> &
  PositiveMatchers<Probe<ValueMatchers>> & { readonly not: PositiveMatchers<Probe<ValueMatchers>> }

/**
 * Vitest's `expect`, which on a probe (`db.table('users')`, a response) shows that probe's matchers alone, and `.not`. On any other
 * value it has those that the services bring for values besides: `expect(query).toViolate('unique')`.
 *
 * @typeParam ValueMatchers matchers for values that are no probes. Default: none
 */
export type BacklotExpect<ValueMatchers extends object = object> = {
  // `0 extends 1 & P` holds for `any` alone, which would otherwise pass for a probe.
  <P extends Probe>(probe: P): 0 extends 1 & P ? ValueAssertion<P, ValueMatchers> : Matchers<P>
  <Value>(value: Value, message?: string): ValueAssertion<Value, ValueMatchers>
} & ExpectStatic

interface Result {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

function result(outcome: Outcome): Result {
  const { actual, expected } = outcome
  return {
    pass: outcome.pass,
    message: () => outcome.message(),
    ...(actual !== undefined && { actual }),
    ...(expected !== undefined && { expected }),
  }
}

/** All of them, by the compiler's word. */
const responseMatchers: Record<keyof ResponseMatchers, true> = {
  toHaveStatus: true,
  toHaveHeader: true,
  toHaveBody: true,
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

type Lift = (value: unknown) => Probe | undefined

/** Matcher names known to Vitest; for those that services bring for values, how such a value becomes a probe. */
const registered = new Map<string, Lift | undefined>()

function ask(
  received: unknown,
  name: string,
  context: MatcherContext,
  expected: readonly unknown[],
): Result | Promise<Result> {
  const probe = isProbe(received) ? received : registered.get(name)?.(received)
  const matcher: unknown = probe === undefined ? undefined : Reflect.get(probe[probeMatchers], name)
  if (typeof matcher !== 'function') {
    const needs = isPromise(received)
      ? `${name} got a promise: await it first, as in expect(await ...).${name}(...)`
      : `${name} needs a probe that has it, such as db.table('users')`
    return { pass: context.not, message: () => needs }
  }
  const outcome: Outcome | Promise<Outcome> = matcher(context, ...expected)
  return outcome instanceof Promise ? outcome.then(result) : result(outcome)
}

/** Makes matchers known to Vitest, each name once; the probe itself does the work. */
function register(names: readonly string[], lift?: Lift): void {
  const added = names.filter((name) => !registered.has(name))
  for (const name of names) registered.set(name, registered.get(name) ?? lift)
  if (added.length === 0) return
  const matchers = added.map((name) => [
    name,
    function (this: { readonly isNot?: boolean }, received: unknown, ...expected: unknown[]) {
      return ask(received, name, { not: this.isNot === true, timeoutMs: matcherTimeout() }, expected)
    },
  ])
  vitestExpect.extend(Object.fromEntries(matchers))
}

/**
 * `expect` that learns a probe's matchers when it first sees one of its kind, and knows those that services bring for values.
 * Services of one kind bring the same ones, so that two configs in one worker do not get in each other's way.
 */
export function createExpect<S extends ProbingServices>(services: S): BacklotExpect<ValueMatchersOf<S>> {
  const lift = (value: unknown): Probe | undefined => valueProbe(services, value)
  // Known before the first response: a promise of one, which nobody awaited, is to be told so.
  register(Object.keys(responseMatchers))
  const sample = lift(undefined)
  if (sample !== undefined) register(matcherNames(sample), lift)
  // The matchers for values are known to the config's type alone, not to this code.
  const learning: unknown = new Proxy(vitestExpect, {
    apply(target, self, args: unknown[]) {
      if (isProbe(args[0])) register(matcherNames(args[0]))
      return Reflect.apply(target, self, args)
    },
  })
  return learning as BacklotExpect<ValueMatchersOf<S>>
}
