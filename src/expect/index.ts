/**
 * What matchers of every service share: asking a probe, comparing, and showing values in messages.
 *
 * @module
 */
export { type AsymmetricMatcher, containsAsymmetric, isAsymmetric, matchesAnyForm } from './asymmetric.ts'
export { type Difference, differences } from './difference.ts'
export { count, display, section } from './display.ts'
export {
  callMatcher,
  type ExpectProbeOptions,
  expectProbe,
  isProbe,
  type Matchers,
  matcherNames,
  type PositiveMatchers,
} from './probe.ts'
export { createExpect, type ProbingServices, type ServiceExpect, type ValueMatchersOf, valueProbe } from './value.ts'
