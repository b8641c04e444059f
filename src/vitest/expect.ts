import { type Assertion, type ExpectStatic, expect as vitestExpect } from 'vitest'
import { type MatcherContext, type Outcome, type Probe, probeMatchers } from '../contracts/index.ts'
import { isProbe, type Matchers, matcherNames } from '../expect/index.ts'

/**
 * Vitest's `expect`, which on a probe (`db.table('users')`, a response) shows that probe's matchers alone, and `.not`.
 */
// `0 extends 1 & P` holds for `any` alone, which would otherwise pass for a probe.
export type BacklotExpect = (<P extends Probe>(probe: P) => 0 extends 1 & P ? Assertion<void, P> : Matchers<P>) &
  ExpectStatic

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

function ask(
  probe: unknown,
  name: string,
  context: MatcherContext,
  expected: readonly unknown[],
): Result | Promise<Result> {
  const matcher: unknown = isProbe(probe) ? Reflect.get(probe[probeMatchers], name) : undefined
  if (typeof matcher !== 'function') {
    return { pass: context.not, message: () => `${name} needs a probe that has it, such as db.table('users')` }
  }
  const outcome: Outcome | Promise<Outcome> = matcher(context, ...expected)
  return outcome instanceof Promise ? outcome.then(result) : result(outcome)
}

const registered = new Set<string>()

/** Makes a probe's matchers known to Vitest, each name once; the probe itself does the work. */
function register(probe: Probe): void {
  const added = matcherNames(probe).filter((name) => !registered.has(name))
  if (added.length === 0) return
  const matchers = added.map((name) => {
    registered.add(name)
    return [
      name,
      function (this: { readonly isNot?: boolean }, received: unknown, ...expected: unknown[]) {
        return ask(received, name, { not: this.isNot === true }, expected)
      },
    ]
  })
  vitestExpect.extend(Object.fromEntries(matchers))
}

/** `expect` that learns a probe's matchers when it first sees one of its kind. */
export function createExpect(): BacklotExpect {
  const learning = new Proxy(vitestExpect, {
    apply(target, self, args: unknown[]) {
      if (isProbe(args[0])) register(args[0])
      return Reflect.apply(target, self, args)
    },
  })
  return learning as BacklotExpect
}
