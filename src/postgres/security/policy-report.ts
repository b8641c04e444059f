import { type MatcherContext, type Outcome, type Probe, probeMatchers } from '../../contracts/index.ts'
import { BacklotError, nearest } from '../../errors/index.ts'
import { count } from '../../expect/index.ts'
import type { PolicyMutant } from './policy-mutants.ts'

/** A mutant that the check noticed. */
export interface KilledMutant extends PolicyMutant {
  /** First line of what the check failed with. */
  readonly by: string
}

/** Options of `toHaveNoSurvivors`. */
export interface SurvivorOptions {
  /** Names of mutants that may survive. Default: none. */
  readonly except?: readonly string[]
}

/** What can be asserted on a mutation of policies. */
export interface PolicyMutationMatchers {
  /** The check noticed every mutant. */
  toHaveNoSurvivors(context: MatcherContext, options?: SurvivorOptions): Outcome
}

/** What came of mutating policies, see `mutatePolicies`. */
export interface PolicyMutation extends Probe<PolicyMutationMatchers> {
  readonly killed: readonly KilledMutant[]
  /** Mutants that the check passes on: it would not miss what they took away. */
  readonly survived: readonly PolicyMutant[]
}

function checkNames(
  names: readonly string[],
  killed: readonly PolicyMutant[],
  survived: readonly PolicyMutant[],
): void {
  const known = [...killed, ...survived].map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new BacklotError('BACKLOT_USAGE', `there is no mutant '${name}'`, {
      hint: near === undefined ? `the mutants are: ${known.join('; ')}` : `did you mean '${near}'?`,
    })
  }
}

/** Makes the report of a mutation. */
export function policyMutation(killed: readonly KilledMutant[], survived: readonly PolicyMutant[]): PolicyMutation {
  const total = killed.length + survived.length
  const text = `${count(killed.length, 'mutant')} of policies killed, ${survived.length} survived`
  return {
    killed,
    survived,
    [probeMatchers]: {
      toHaveNoSurvivors({ not }, { except = [] } = {}) {
        checkNames(except, killed, survived)
        const left = survived.filter(({ name }) => !except.includes(name))
        const lines = left.flatMap(({ name, definition, statement }) => [
          '',
          `  ${name}`,
          `    in force: ${definition}`,
          `    became:   ${statement}`,
        ])
        const message = not
          ? `Expected the check to miss a mutant of the policies, but it noticed them all (${total})`
          : [
              `Expected the check to notice every mutant of the policies, but ${left.length} of ${total} survived:`,
              ...lines,
            ].join('\n')
        return { pass: left.length === 0, message: () => message }
      },
    },
    toString: () => text,
  }
}
