import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError, nearest } from '../../errors/index.ts'
import type { HandleParts } from '../parts.ts'
import { outcomeOf } from './findings.ts'
import { findUnrepeatable } from './repeatable.ts'
import { findIrreversible } from './reversible.ts'
import { placeOfStep, type Step } from './steps.ts'

/** Which migrations a check is about; all are applied either way. */
export interface CheckedSteps {
  /** These alone: names, or how their names alone begin. Default: all. */
  readonly only?: readonly string[]
  /** All but these. */
  readonly except?: readonly string[]
}

/**
 * What can be asserted on migrations as a whole. Each check walks all of them from the start, on a database of its own: where
 * `walk` stands does not matter.
 */
export interface MigrationMatchers {
  /** Running a migration a second time fails nothing and leaves schema and rows as they are. */
  toBeRepeatable(context: MatcherContext, steps?: CheckedSteps): Promise<Outcome>
  /** Going back and up again returns the same schema, for each migration. */
  toBeReversible(context: MatcherContext, steps?: CheckedSteps): Promise<Outcome>
}

/**
 * Names of the migrations that a check is about.
 *
 * @throws BacklotError `BACKLOT_USAGE` for a name that is not there, or an option that the matcher does not take
 */
function chosenSteps(
  matcher: string,
  steps: readonly Step[],
  options: CheckedSteps = {},
  further: readonly string[] = [],
): ReadonlySet<string> {
  const known = ['only', 'except', ...further]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const near = nearest(unknown, known)
    throw new BacklotError('BACKLOT_USAGE', `${matcher} has no option ${unknown}`, {
      hint: near === undefined ? `its options are: ${known.join(', ')}` : `did you mean ${near}?`,
    })
  }
  const { only, except = [] } = options
  const places = new Set((only ?? steps.map(({ name }) => name)).map((name) => placeOfStep(steps, name)))
  for (const name of except) places.delete(placeOfStep(steps, name))
  return new Set(steps.filter((_, place) => places.has(place)).map(({ name }) => name))
}

/** The matchers of a walk. */
export function migrationMatchers(parts: HandleParts, steps: readonly Step[]): MigrationMatchers {
  const what = `the migrations of ${parts.context.name}`
  return {
    async toBeRepeatable({ not }, options) {
      const findings = await findUnrepeatable(parts, steps, chosenSteps('toBeRepeatable', steps, options))
      return outcomeOf(not, what, 'to be repeatable', 'running these once more is not harmless:', findings)
    },
    async toBeReversible({ not }, options) {
      const findings = await findIrreversible(parts, steps, chosenSteps('toBeReversible', steps, options))
      return outcomeOf(not, what, 'to be reversible', 'these do not return to the same schema:', findings)
    },
  }
}
