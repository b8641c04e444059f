import { type Probe, probeMatchers, type Service } from '../contracts/index.ts'
import { expectProbe, isProbe, type Matchers } from './probe.ts'

/** The services of a config, as far as assertions on values go. */
export type ProbingServices = Readonly<Record<string, Service>>

/** `A | B` becomes `A & B`: a function that takes either takes both. */
type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer Both) => void
  ? Both
  : never

type ValueMatchersOfEach<S extends ProbingServices> = {
  readonly [Name in keyof S]: S[Name] extends Service<unknown, infer ValueMatchers> ? ValueMatchers : object
}[keyof S]

/** The matchers that a config's services bring for values which are no probes, all in one. */
export type ValueMatchersOf<S extends ProbingServices> = All<ValueMatchersOfEach<S>> & object

/**
 * Makes one probe of a value that is none, with the matchers that the services bring for values.
 *
 * @returns undefined if no service brings any
 */
export function valueProbe(services: ProbingServices, value: unknown): Probe | undefined {
  const probes = Object.values(services).flatMap((service) => service.probeOf?.(value) ?? [])
  const [first] = probes
  if (first === undefined) return undefined
  return {
    [probeMatchers]: Object.assign({}, ...probes.map((probe) => probe[probeMatchers])),
    toString: () => first.toString(),
  }
}

/** `expect` without a test runner: on a probe its matchers, on any other value those that the services bring for values. */
export interface ServiceExpect<in out ValueMatchers extends object> {
  <P extends Probe>(probe: P): Matchers<P>
  (value: unknown): Matchers<Probe<ValueMatchers>>
}

/** Binds {@link expectProbe} to the services of a config. */
export function createExpect<S extends ProbingServices>(services: S): ServiceExpect<ValueMatchersOf<S>> {
  const bound = (value: unknown): unknown => {
    const probe = isProbe(value) ? value : valueProbe(services, value)
    return probe === undefined ? {} : expectProbe(probe)
  }
  return bound as ServiceExpect<ValueMatchersOf<S>>
}
