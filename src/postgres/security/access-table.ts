import type { MatcherContext, Outcome, Probe } from '../../contracts/index.ts'
import { probeMatchers } from '../../contracts/index.ts'
import { BacklotError, nearest } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import type { Access, Attempted } from './attempt.ts'

/** What is tried, in this order. */
export const operations = ['select', 'insert', 'update', 'delete'] as const
/** A statement that a right is about. */
export type Operation = (typeof operations)[number]

/** On what it is tried. */
export const rowKinds = ['own', 'foreign'] as const
/** Whose row it is: of the role that tries, or of another. */
export type RowKind = (typeof rowKinds)[number]

/** One attempt of the matrix. */
export interface Cell extends Attempted {
  readonly role: string
  readonly row: RowKind
  readonly operation: Operation
}

/** What every role should be able to do; roles, rows and operations that are not named should be refused. */
export type Grants<Role extends string> = {
  readonly [Name in Role]?: { readonly own?: readonly Operation[]; readonly foreign?: readonly Operation[] }
}

/** What can be asserted on an access matrix. */
export interface AccessMatchers<Role extends string> {
  /** The roles can do exactly this, and nothing else. An attempt that ended in another error proves nothing: it fails, also negated. */
  toGrant(context: MatcherContext, expected: Grants<Role>): Outcome
}

/** What came of every attempt, see `accessMatrix`. As text it is a table. */
export interface AccessMatrix<Role extends string = string> extends Probe<AccessMatchers<Role>> {
  /** By role, row and operation. */
  readonly access: { readonly [Name in Role]: Readonly<Record<RowKind, Readonly<Record<Operation, Access>>>> }
}

function textOf(cells: readonly Cell[]): string {
  const roles = [...new Set(cells.map(({ role }) => role))]
  const lines = roles.flatMap((role) =>
    rowKinds.map((row) => {
      const here = cells.filter((cell) => cell.role === role && cell.row === row)
      return [role, row, ...operations.map((name) => here.find(({ operation }) => operation === name)?.access ?? '')]
    }),
  )
  const all = [['role', 'row', ...operations], ...lines]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? []
  return all
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function checkGrants(cells: readonly Cell[], expected: unknown): Readonly<Record<string, unknown>> {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) {
    throw new BacklotError('BACKLOT_USAGE', `toGrant takes what each role can do, not ${display(expected)}`, {
      hint: "for example toGrant({ genesis: { own: ['select', 'update'], foreign: [] } })",
    })
  }
  const unknown = (what: string, name: string, known: readonly string[]): BacklotError => {
    const near = nearest(name, known)
    return new BacklotError('BACKLOT_USAGE', `the matrix has no ${what} ${name}`, {
      hint: near === undefined ? `it has: ${known.join(', ')}` : `did you mean ${near}?`,
    })
  }
  const roles = [...new Set(cells.map(({ role }) => role))]
  for (const [role, rows] of Object.entries(expected)) {
    if (!roles.includes(role)) throw unknown('role', role, roles)
    for (const [row, granted] of Object.entries(rows ?? {})) {
      if (!rowKinds.some((kind) => kind === row)) throw unknown('row', row, rowKinds)
      for (const name of Array.isArray(granted) ? granted : []) {
        if (!operations.some((operation) => operation === name)) throw unknown('operation', String(name), operations)
      }
    }
  }
  return { ...expected }
}

function isGranted(expected: Readonly<Record<string, unknown>>, { role, row, operation }: Cell): boolean {
  const rows = expected[role]
  const granted: unknown = typeof rows === 'object' && rows !== null ? Reflect.get(rows, row) : undefined
  return Array.isArray(granted) && granted.includes(operation)
}

function toGrant(table: string, cells: readonly Cell[], { not }: MatcherContext, given: unknown): Outcome {
  const expected = checkGrants(cells, given)
  const unclear = cells.filter(({ access }) => access.startsWith('error '))
  const wrong = cells.filter(
    (cell) => !unclear.includes(cell) && (cell.access === 'allowed') !== isGranted(expected, cell),
  )
  const lines = [
    ...unclear.map(
      ({ role, row, operation, access, message }) =>
        `  ${role}: ${operation} of the ${row} row ended in ${access} (${message}), which proves nothing`,
    ),
    ...wrong.map(({ role, row, operation, access }) =>
      access === 'allowed'
        ? `  ${role} can ${operation} the ${row} row and should not`
        : `  ${role} cannot ${operation} the ${row} row and should: ${access}`,
    ),
  ]
  const pass = unclear.length > 0 ? not : wrong.length === 0
  const heading =
    not && unclear.length === 0
      ? [`Expected the roles not to have exactly this access to ${table}, but they have`]
      : [`Expected other access to ${table}, but`, ...lines]
  return { pass, message: () => [...heading, '', textOf(cells)].join('\n') }
}

/** Makes a matrix of its cells. */
export function accessMatrixProbe<Role extends string>(table: string, cells: readonly Cell[]): AccessMatrix<Role> {
  const access: Record<string, Record<string, Record<string, Access>>> = {}
  for (const cell of cells) {
    access[cell.role] ??= {}
    const rows = access[cell.role] ?? {}
    rows[cell.row] = { ...rows[cell.row], [cell.operation]: cell.access }
  }
  return {
    [probeMatchers]: { toGrant: (context, expected) => toGrant(table, cells, context, expected) },
    access: access as AccessMatrix<Role>['access'],
    toString: () => textOf(cells),
  }
}
