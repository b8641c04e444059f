import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError, nearest } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { formatDuration } from '../../wait/index.ts'
import type { HandleParts } from '../parts.ts'
import type { Sql } from '../sql.ts'
import { type Finding, outcomeOf } from './findings.ts'
import { findLocks, harmlessModes, type LocksOptions, type StatementLocks } from './locks.ts'
import { findUnfitForRows } from './populated.ts'
import { findUnrepeatable } from './repeatable.ts'
import { findIrreversible } from './reversible.ts'
import { placeOfStep, type Step } from './steps.ts'
import type { Access } from './waiters.ts'

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
  /** Each migration applies to a database with rows in it. */
  toApplyToPopulated(context: MatcherContext, options?: PopulatedOptions): Promise<Outcome>
  /**
   * Some migration holds a lock for which reading, or writing to, a table that was there before has to wait. A reader and a writer
   * beside each statement show it. Negated: nobody has to wait.
   */
  toHoldUp(context: MatcherContext, access: Access, options?: CheckedSteps & LocksOptions): Promise<Outcome>
}

/** Options of `toApplyToPopulated`. */
export interface PopulatedOptions extends CheckedSteps {
  /**
   * Makes rows once a migration has been applied, as the owner of the schema. Default: rows made up by the catalog for each table that
   * is empty: a full one, one with every NULL that is allowed, and one like the first.
   */
  readonly seed?: (sql: Sql, step: string) => Promise<unknown> | unknown
  /** True: no migration may leave a table with fewer rows. Default: false. */
  readonly keepRows?: boolean
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

function statementLine({ file, line, statement }: StatementLocks): string {
  return `${file}:${line}: ${statement}`
}

/** Statements that hold somebody up, under their migrations. */
function heldUpFindings(statements: readonly StatementLocks[], access: Access): readonly Finding[] {
  return statements.flatMap((statement) => {
    const tables = statement.heldUp.filter((held) => held.access === access).map(({ table }) => table)
    if (tables.length === 0) return []
    const locks = statement.locks
      .filter(({ table, mode }) => tables.includes(table) && !harmlessModes.has(mode))
      .map(({ table, mode }) => `  ${mode} on ${table}, held for ${formatDuration(statement.heldMs)}`)
    return [{ step: statement.step, lines: [statementLine(statement), ...locks] }]
  })
}

/** Where nobody can look, nobody can be told not to wait. */
function checkLookable(steps: readonly Step[], chosen: ReadonlySet<string>): void {
  const closed = steps.find(({ name, up }) => chosen.has(name) && !('scripts' in up))
  if (closed === undefined) return
  throw new BacklotError('BACKLOT_USAGE', `toHoldUp can look into SQL files alone, and ${closed.name} is none`, {
    hint: `leave it out: { except: ['${closed.name}'] }`,
  })
}

function readAccess(access: unknown): Access {
  if (access === 'reads' || access === 'writes') return access
  throw new BacklotError('BACKLOT_USAGE', `toHoldUp takes 'reads' or 'writes', not ${display(access)}`, {
    hint: "for example await expect(walk).not.toHoldUp('reads')",
  })
}

/** The matchers of a walk. */
export function migrationMatchers(parts: HandleParts, steps: readonly Step[]): MigrationMatchers {
  const what = `the migrations of ${parts.context.name}`
  return {
    async toBeRepeatable({ not }, options) {
      const findings = await findUnrepeatable(parts, steps, chosenSteps('toBeRepeatable', steps, options))
      const wrong = 'running these once more is not harmless:'
      return outcomeOf(not, { what, wanted: 'to be repeatable', wrong, held: 'all are' }, findings)
    },
    async toBeReversible({ not }, options) {
      const findings = await findIrreversible(parts, steps, chosenSteps('toBeReversible', steps, options))
      const wrong = 'these do not return to the same schema:'
      return outcomeOf(not, { what, wanted: 'to be reversible', wrong, held: 'all are' }, findings)
    },
    async toApplyToPopulated({ not }, options = {}) {
      const chosen = chosenSteps('toApplyToPopulated', steps, options, ['seed', 'keepRows'])
      const { seed, keepRows = false } = options
      const findings = await findUnfitForRows(parts, steps, { chosen, seed, keepRows })
      const wanted = 'to apply to a populated database'
      return outcomeOf(not, { what, wanted, wrong: 'these do not:', held: 'all do' }, findings)
    },
    async toHoldUp(_, written, options = {}) {
      const access = readAccess(written)
      const chosen = chosenSteps('toHoldUp', steps, options, ['seed'])
      checkLookable(steps, chosen)
      const statements = (await findLocks(parts, steps, options)).filter(({ step }) => chosen.has(step))
      const findings = heldUpFindings(statements, access)
      if (findings.length === 0) {
        return { pass: false, message: () => `Expected ${what} to hold up ${access}\nbut nobody has to wait` }
      }
      const wanted = `not to hold up ${access}`
      const { message } = outcomeOf(false, { what, wanted, wrong: `${access} wait for these:`, held: '' }, findings)
      return { pass: true, message }
    },
  }
}
