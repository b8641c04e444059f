import { BacklotError, nearest } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { isRecord } from './json.ts'

const examples: Readonly<Record<string, string>> = {
  toHaveColumn: "toHaveColumn('email', { type: 'text', nullable: false })",
  toHavePrimaryKey: "toHavePrimaryKey(['id'])",
  toHaveForeignKey: "toHaveForeignKey('team_id', { references: 'teams', onDelete: 'cascade' })",
  toHaveUnique: "toHaveUnique(['tenant', 'email'])",
  toHaveCheck: "toHaveCheck('price > 0')",
  toHaveIndex: "toHaveIndex({ method: 'hnsw', columns: ['embedding'] })",
  toHaveTrigger: "toHaveTrigger('touch', { timing: 'before', events: ['update'] })",
  toHavePolicy: "toHavePolicy('own_rows', { command: 'select' })",
  toHaveRowSecurity: 'toHaveRowSecurity({ forced: true })',
}

function usage(matcher: string, summary: string, hint = `for example ${examples[matcher]}`): BacklotError {
  return new BacklotError('BACKLOT_USAGE', summary, { hint })
}

/**
 * Checks the names of options.
 *
 * @throws BacklotError `BACKLOT_USAGE` with the nearest name
 */
export function checkOptionNames(matcher: string, options: unknown, names: readonly string[]): void {
  if (options === undefined) return
  if (!isRecord(options)) throw usage(matcher, `the options of ${matcher} are not an object: ${display(options)}`)
  const unknown = Object.keys(options).find((name) => !names.includes(name) && name !== 'timeout')
  if (unknown === undefined) return
  const near = nearest(unknown, names)
  const hint = near === undefined ? `its options are: ${[...names, 'timeout'].join(', ')}` : `did you mean ${near}?`
  throw usage(matcher, `${matcher} has no option ${unknown}`, hint)
}

/**
 * Checks a name.
 *
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function readName(matcher: string, what: string, name: unknown): string {
  if (typeof name === 'string' && name !== '') return name
  throw usage(matcher, `${matcher} takes the name of a ${what}, not ${display(name)}`)
}

/**
 * Checks one column, or a list of at least one.
 *
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function readColumns(matcher: string, columns: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(columns) ? columns : [columns]
  const names = list.filter((name): name is string => typeof name === 'string' && name !== '')
  if (names.length > 0 && names.length === list.length) return names
  throw usage(matcher, `${matcher} takes columns, not ${display(columns)}`)
}
