import { nearest } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { causes, type Fields, text } from './causes.ts'
import { type Demand, type Expected, meets, toldOf } from './expected.ts'
import { constraintOf, type Violation } from './kinds.ts'

const indented = (block: string): readonly string[] => block.split('\n').map((line) => `  ${line}`)

/** `a violation of a unique constraint`, and a line for each further demand. */
export function expectedLines({ kind, demands }: Expected, not: boolean): readonly string[] {
  const lines = demands.map(({ name, wanted }) => `  ${name}: ${display(wanted)}`)
  const such = demands.length === 0 ? '' : ' with'
  return [`Expected ${not ? 'no' : 'a'} violation of ${constraintOf(kind)}${such}`, ...lines]
}

/** `the unique constraint users_email_key of public.users`. */
function named({ kind, constraint, schema, table, columns }: Violation): string {
  const of = table === undefined ? '' : ` of ${schema === undefined ? table : `${schema}.${table}`}`
  const on = kind === 'not null' && columns.length > 0 ? ` on ${columns.join(', ')}` : ''
  return `the ${kind} constraint${constraint === undefined ? '' : ` ${constraint}`}${on}${of}`
}

/** What was violated, with the server's own words. */
export function violationLines(violation: Violation): readonly string[] {
  const { message, detail } = violation
  return [named(violation), ...indented(message), ...(detail === undefined ? [] : indented(detail))]
}

/** A demand that was not met, beside what was told. */
function unmet(violation: Violation, demand: Demand): string {
  const told = toldOf(violation, demand.name)
  const { name, wanted } = demand
  if (told.length === 0) return `  ✗ ${name}: not told by the server or the driver, expected ${display(wanted)}`
  const shown = (name === 'column' ? told : told.slice(-1)).map(display).join(', ')
  const near = typeof wanted === 'string' && name !== 'detail' ? nearest(wanted, told) : undefined
  const meant = near === undefined ? '' : ` (did you mean '${near}'?)`
  return `  ✗ ${name}: ${shown}, expected ${display(wanted)}${meant}`
}

/** What a violation of the right kind lacks, or that it is of another kind. */
export function differenceLines(violation: Violation, { kind, demands }: Expected): readonly string[] {
  const other = violation.kind === kind ? [] : [`  ✗ kind: ${display(violation.kind)}, expected ${display(kind)}`]
  return [...other, ...demands.filter((demand) => !meets(violation, demand)).map((demand) => unmet(violation, demand))]
}

/** Fields of an error that say something; objects are left out: drivers hang connections with passwords on errors. */
function plainFields(error: Fields): readonly string[] {
  // The last three are part of the message of Backlot's own errors.
  const said = new Set(error instanceof Error ? ['message', 'stack', 'name', 'summary', 'hint', 'details'] : [])
  return Object.entries(error)
    .filter(([name, value]) => !said.has(name) && (text(value) !== undefined || typeof value === 'number'))
    .map(([name, value]) => `  ${name}: ${display(value)}`)
}

/** An error in full: what it says, its stack, its plain fields, and the same of each error that it wraps. */
export function wholeError(error: unknown): readonly string[] {
  const whole = causes(error).flatMap((cause, index) => {
    const said = cause instanceof Error ? indented(text(cause.stack) ?? `${cause.name}: ${cause.message}`) : []
    const lines = [...said, ...plainFields(cause)]
    return index === 0 || lines.length === 0 ? lines : ['  caused by', ...lines]
  })
  return whole.length === 0 ? indented(display(error)) : whole
}
