import { BacklotError, nearest } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { type Duration, parseDuration } from '../../wait/index.ts'
import { type Violation, type ViolationKind, violationKinds } from './kinds.ts'

/** Options of `toViolate`. Names that are given as text must be equal, a pattern must match. */
export interface ViolateOptions {
  /** The constraint's (or unique index's) name. Not null constraints have none before PostgreSQL 18. */
  readonly constraint?: string | RegExp
  /** The table's name, with its schema or without: `users`, `public.users`. */
  readonly table?: string | RegExp
  /** A column of the constraint. Postgres names none for a check or an exclusion of expressions. */
  readonly column?: string | RegExp
  /** Text that the detail contains, or a pattern: `/already exists/`. */
  readonly detail?: string | RegExp
  /** How long the query may take: milliseconds, or text such as `'10 s'`. Default: 5 s. */
  readonly timeout?: Duration
}

/** One thing that is asked of a violation. */
export interface Demand {
  readonly name: 'constraint' | 'table' | 'column' | 'detail'
  readonly wanted: string | RegExp
}

/** What `toViolate` was given, checked. */
export interface Expected {
  readonly kind: ViolationKind
  readonly demands: readonly Demand[]
  readonly timeoutMs: number | undefined
}

const demandNames = ['constraint', 'table', 'column', 'detail'] as const
const optionNames: readonly string[] = [...demandNames, 'timeout']

function usage(summary: string, hint: string): BacklotError {
  return new BacklotError('BACKLOT_USAGE', summary, { hint })
}

/**
 * Checks the arguments of `toViolate`.
 *
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function readExpected(kind: unknown, options: unknown = {}): Expected {
  const known = violationKinds.find((name) => name === kind)
  if (known === undefined) {
    const near = typeof kind === 'string' ? nearest(kind.replaceAll(/[_-]/g, ' '), violationKinds) : undefined
    const kinds = violationKinds.map((name) => `'${name}'`).join(', ')
    throw usage(
      `toViolate knows no constraint of kind ${display(kind)}`,
      near === undefined ? `the kinds are: ${kinds}` : `did you mean '${near}'?`,
    )
  }
  if (typeof options !== 'object' || options === null) {
    throw usage('the options of toViolate are not an object', "for example toViolate('unique', { table: 'users' })")
  }
  for (const name of Object.keys(options)) {
    if (optionNames.includes(name)) continue
    const near = nearest(name, optionNames)
    const hint = near === undefined ? `its options are: ${optionNames.join(', ')}` : `did you mean ${near}?`
    throw usage(`toViolate has no option ${name}`, hint)
  }
  const demands = demandNames.flatMap((name): readonly Demand[] => {
    const wanted: unknown = Reflect.get(options, name)
    if (wanted === undefined) return []
    if (typeof wanted === 'string' || wanted instanceof RegExp) return [{ name, wanted }]
    throw usage(`${name} of toViolate is neither text nor a pattern: ${display(wanted)}`, `write ${name}: 'name'`)
  })
  const timeout: unknown = Reflect.get(options, 'timeout')
  return { kind: known, demands, timeoutMs: timeout === undefined ? undefined : parseDuration(timeout, 'timeout') }
}

/** What a violation says to a demand: the names that would meet it, the one to show first. */
export function toldOf(violation: Violation, name: Demand['name']): readonly string[] {
  if (name === 'column') return violation.columns
  const told = violation[name]
  if (told === undefined) return []
  return name === 'table' && violation.schema !== undefined ? [told, `${violation.schema}.${told}`] : [told]
}

/** Whether a violation is as demanded. */
export function meets(violation: Violation, { name, wanted }: Demand): boolean {
  return toldOf(violation, name).some((told) => {
    // A copy: one with the flag g remembers where it stopped.
    if (wanted instanceof RegExp) return new RegExp(wanted).test(told)
    return name === 'detail' ? told.includes(wanted) : told === wanted
  })
}
