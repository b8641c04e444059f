/**
 * Key under which a {@link Probe} carries its matchers. A registered symbol, so that two copies of the package (or the
 * source and a build) know each other's probes.
 */
export const probeMatchers: unique symbol = Symbol.for('backlot.probe.matchers')

/** What a matcher is told about the assertion that calls it. */
export interface MatcherContext {
  /** True after `.not`. A matcher needs it to wait for the right thing; the answer in {@link Outcome.pass} stays un-negated. */
  readonly not: boolean
  /** Deadline in milliseconds for a call that gives none of its own. Default: 5,000. */
  readonly timeoutMs?: number
}

/** What a matcher found. */
export interface Outcome {
  /**
   * Whether the expectation as written without `.not` stands. Whoever asserts negates it, so that under `.not` a `true`
   * fails; a matcher that could not prove an absence therefore answers with `true`.
   */
  readonly pass: boolean
  /** Why the assertion failed, in full lines that read well without colour. Called only when it did. */
  message(): string
  /** Set only where a difference of two values says more than the message. */
  readonly actual?: unknown
  readonly expected?: unknown
}

/** One matcher: the context, then what the user wrote between the parentheses. */
export type Matcher<Expected extends readonly unknown[] = never[]> = (
  context: MatcherContext,
  ...expected: Expected
) => Outcome | Promise<Outcome>

/**
 * Something that tests assert on: `db.table('users')`, `bus.topic('orders')`. It brings its own matchers along, so that
 * whoever asserts (`expect` of Vitest, `expectProbe` elsewhere) needs to know none of them.
 *
 * @typeParam Matchers an object type whose members are {@link Matcher}s
 */
export interface Probe<out Matchers extends object = object> {
  readonly [probeMatchers]: Matchers
  /** How messages name it: `db.table('users')`. */
  toString(): string
}
