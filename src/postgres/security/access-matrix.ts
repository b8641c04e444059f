import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import type { TableProbe } from '../matchers/table.ts'
import { partsOfTable, type TableParts } from '../parts.ts'
import type { Table } from '../probe/catalog.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import {
  type AccessMatrix,
  accessMatrixProbe,
  type Cell,
  type Operation,
  operations,
  type RowKind,
  rowKinds,
} from './access-table.ts'
import { type Attempted, attempt } from './attempt.ts'
import { become, ownRole } from './become.ts'
import { type Claims, readClaims, type Settings } from './claims.ts'
import { requireOwnSessions, rolledBack, withRehearsal } from './rehearsal.ts'
import type { RoleName } from './role-sessions.ts'
import {
  findSample,
  insertion,
  type Place,
  putSample,
  readSample,
  type SampleValues,
  takeSampleAway,
  unwritable,
} from './samples.ts'

/** One line of the matrix: a role with the settings of its session. */
export interface AccessRole {
  /** The role, as in `db.as`. Default: the line's own name. */
  readonly as?: RoleName
  /** Settings of the session. Default: none. */
  readonly claims?: Claims
}

/** A row to try things on, the same for every role or made for each. */
export type SampleRow<Row, Role extends string> = Partial<Row> | ((role: Role) => Partial<Row>)

/** Options of {@link accessMatrix}. */
export interface AccessMatrixOptions<Row, Role extends string> {
  /** Who tries: a name for each line, with its role and claims. */
  readonly roles: Readonly<Record<Role, AccessRole>>
  /**
   * A row that belongs to who tries. With the primary key of a row that is there, that row; otherwise one that is put there for
   * the attempt, with the columns that an insert needs.
   */
  readonly own: SampleRow<Row, Role>
  /** The same that belongs to somebody else. */
  readonly foreign: SampleRow<Row, Role>
  /** What an update writes. Default: one column that the role may update, with the value that it has. */
  readonly update?: Partial<Row>
}

interface Trial {
  readonly parts: TableParts
  readonly table: Table
  readonly client: Client
  readonly locked: ReadonlySet<string>
  readonly update: SampleValues | undefined
}

interface Who {
  readonly role: string
  readonly settings: Settings
}

/** What an update writes if nobody says: a column that the role may update, so that rights on some columns show. */
async function changeOf(trial: Trial, { role }: Who, sample: SampleValues): Promise<SampleValues> {
  if (trial.update !== undefined) return trial.update
  const { client, table, locked, parts } = trial
  const writable = sample.filter(([{ name }]) => !locked.has(name))
  const plain = writable.filter(([{ inPrimaryKey }]) => !inPrimaryKey)
  const candidates = plain.length > 0 ? plain : writable
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM pg_catalog.unnest($3::text[]) AS name
     WHERE pg_catalog.has_column_privilege($1::name, $2::regclass, name, 'UPDATE')`,
    [ownRole(parts, role)?.user ?? role, table.sql, candidates.map(([{ name }]) => name)],
  )
  const may = new Set(rows.map(({ name }) => name))
  const chosen = candidates.find(([{ name }]) => may.has(name)) ?? candidates[0]
  return chosen === undefined ? [] : [chosen]
}

function statementOf(
  { table, locked }: Trial,
  operation: Operation,
  sample: SampleValues,
  place: Place | undefined,
  change: SampleValues,
): { readonly text: string; readonly values: unknown[] } {
  if (operation === 'insert' || place === undefined) return insertion(table, sample, locked)
  const { where, values } = place
  if (operation === 'select') return { text: `SELECT 1 FROM ${table.sql} WHERE ${where}`, values: [...values] }
  if (operation === 'delete') return { text: `DELETE FROM ${table.sql} WHERE ${where}`, values: [...values] }
  const set = change.map(([{ name }], index) => `${quoteIdentifier(name)} = $${values.length + index + 1}`)
  return {
    text: `UPDATE ${table.sql} SET ${set.join(', ')} WHERE ${where}`,
    values: [...values, ...change.map(([, value]) => value)],
  }
}

/** One attempt: the row is put in its place past the policies, then the session becomes the role and tries. */
function tryOperation(
  trial: Trial,
  who: Who,
  kind: RowKind,
  sample: SampleValues,
  operation: Operation,
): Promise<Attempted> {
  const { client, table, locked, parts } = trial
  return rolledBack(client, async () => {
    const there = await findSample(client, table, sample)
    if (operation === 'insert' && there !== undefined) await takeSampleAway(client, table, there)
    const place = operation === 'insert' ? undefined : (there ?? (await putSample(client, table, kind, sample, locked)))
    const change = operation === 'update' ? await changeOf(trial, who, sample) : []
    const statement = statementOf(trial, operation, sample, place, change)
    await become(client, parts, who, { local: true })
    return attempt(async () => (await client.query(statement)).rowCount ?? 0)
  })
}

async function requireSuperuser(client: Client): Promise<void> {
  const { rows } = await client.query<{ superuser: boolean; name: string }>(
    'SELECT rolsuper AS superuser, rolname AS name FROM pg_catalog.pg_roles WHERE rolname = session_user',
  )
  if (rows[0]?.superuser === true) return
  throw new BacklotError(
    'BACKLOT_RIGHTS_MISSING',
    'accessMatrix puts rows in their place past the policies, as a superuser',
    {
      hint: `ALTER ROLE "${rows[0]?.name}" SUPERUSER; or use a server of Backlot's own`,
    },
  )
}

function readRoles(roles: unknown): readonly (readonly [string, Who])[] {
  const entries = typeof roles === 'object' && roles !== null ? Object.entries(roles) : []
  if (entries.length === 0) {
    throw new BacklotError('BACKLOT_USAGE', `accessMatrix takes roles by their names, not ${display(roles)}`, {
      hint: "for example { roles: { genesis: { as: 'app', claims: { 'app.agent': 'genesis' } } }, own: ..., foreign: ... }",
    })
  }
  return entries.map(([name, { as, claims }]) => [name, { role: as ?? name, settings: readClaims(claims) }])
}

/**
 * Tries select, insert, update and delete under every role, on a row of its own and on a foreign one, and returns what came of
 * each. Every attempt is a transaction that is rolled back, so nothing stays (but for the numbers that sequences gave). Rows
 * are found by their primary key, as an app does it: an update or delete needs the right to read the key.
 *
 * @param table `db.table('notes')`
 * @returns a probe with `toGrant`; `access` has all that was found as plain values, and as text it is a table
 * @throws BacklotError `BACKLOT_USAGE` for a sample row that the table does not take or a role that does not exist,
 *   `BACKLOT_COLUMN_NOT_FOUND`, `BACKLOT_RIGHTS_MISSING` on a server where Backlot is no superuser
 *
 * @example
 * ```ts
 * const matrix = await accessMatrix(db.table('notes'), {
 *   roles: { genesis: { as: 'app', claims: { 'app.agent': 'genesis' } }, anon: {} },
 *   own: { agent: 'genesis', body: 'mine' },
 *   foreign: { agent: 'other', body: 'theirs' },
 * })
 * expect(matrix).toGrant({ genesis: { own: ['select', 'insert', 'update'], foreign: ['select'] } })
 * expect(String(matrix)).toMatchInlineSnapshot()
 * ```
 */
export async function accessMatrix<Row, const Role extends string>(
  table: TableProbe<Row>,
  options: AccessMatrixOptions<Row, Role>,
): Promise<AccessMatrix<Role>> {
  const parts = partsOfTable(table, 'accessMatrix')
  requireOwnSessions(parts, 'accessMatrix')
  const roles = readRoles(options.roles)
  const known = await parts.source.withTable(parts.table, new AbortController().signal, async (found) => found)
  const update = options.update === undefined ? undefined : readSample(known, 'update', options.update)
  const samples: Readonly<Record<RowKind, unknown>> = { own: options.own, foreign: options.foreign }
  const cells: Cell[] = []
  await withRehearsal(parts.info().observer, requireSuperuser, async (client) => {
    const trial: Trial = { parts, table: known, client, locked: await unwritable(client, known), update }
    for (const [role, who] of roles) {
      for (const row of rowKinds) {
        const given = samples[row]
        const sample = readSample(known, row, typeof given === 'function' ? given(role) : given)
        for (const operation of operations) {
          cells.push({ role, row, operation, ...(await tryOperation(trial, who, row, sample, operation)) })
        }
      }
    }
  })
  return accessMatrixProbe<Role>(known.shown, cells)
}
