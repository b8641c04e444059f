import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import type { Connection } from '../contract.ts'
import type { Column, Table } from '../probe/catalog.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import { type Attempted, attempt } from '../security/attempt.ts'
import { applySettings } from '../security/become.ts'
import type { Settings } from '../security/claims.ts'
import { rolledBack, withRehearsal } from '../security/rehearsal.ts'
import { keyList, keyOf, type Place, placeOf, unwritable } from '../security/samples.ts'
import { otherValue } from './other-value.ts'

/** A change that was tried. */
export interface Tried extends Attempted {
  /** `update of status`, `delete`, `truncate`. */
  readonly what: string
  readonly refused: boolean
}

/** Who tries. */
export interface Trier {
  readonly name: 'app' | 'owner'
  readonly to: Connection
  readonly settings: Settings
}

/** SQLSTATEs of a try that did not come to its end: a lock, a deadline, a deadlock. */
const unfinished = new Set(['55P03', '57014', '40P01', '40001'])

/** Data exceptions and violated constraints: it was one value that did not fit, which another value may. */
function isAboutTheValue({ access }: Attempted): boolean {
  return /^error 2[23]/.test(access)
}

function judge(what: string, tried: Attempted, table: Table): Tried {
  const code = tried.access.replace(/^error /, '')
  if (unfinished.has(code)) {
    throw new BacklotError('BACKLOT_TIMEOUT', `${table.shown} could not be tried: ${what} ended in ${tried.message}`, {
      hint: 'something may hold a lock on it: end open transactions before asserting',
    })
  }
  return { ...tried, what, refused: tried.access !== 'allowed' && !isAboutTheValue(tried) }
}

/** How a role can name the row that it tries to change. */
type Reach =
  /** It sees a row: that one. */
  | { readonly by: 'key'; readonly place: Place }
  /** It may not read: then without a condition, which needs no right to read. */
  | { readonly by: 'nothing' }
  /** Policies hide every row from it. */
  | { readonly by: 'none' }

async function reachOf(client: Client, table: Table): Promise<Reach> {
  return rolledBack(client, async () => {
    const key = keyOf(table)
    let found: Readonly<Record<string, string>> | undefined
    const { access } = await attempt(async () => {
      const { rows } = await client.query<Record<string, string>>(`SELECT ${keyList(key)} FROM ${table.sql} LIMIT 1`)
      found = rows[0]
      return rows.length
    })
    if (found !== undefined) return { by: 'key', place: placeOf(key, found) }
    return { by: access === 'no rows' ? 'none' : 'nothing' }
  })
}

async function tryStatement(client: Client, text: string, values: readonly string[]): Promise<Attempted> {
  return rolledBack(client, () => attempt(async () => (await client.query(text, [...values])).rowCount ?? 1))
}

/** Tries another value; if it was the value that did not fit, the one that is there already. */
async function tryUpdate(client: Client, table: Table, column: Column, reach: Reach): Promise<Tried> {
  const name = quoteIdentifier(column.name)
  const [where, values] = reach.by === 'key' ? [` WHERE ${reach.place.where}`, reach.place.values] : ['', []]
  const set = (value: string): Promise<Attempted> =>
    tryStatement(client, `UPDATE ${table.sql} SET ${name} = ${value}${where}`, values)
  const what = `update of ${column.name}`
  const first = await set(reach.by === 'key' ? otherValue(column) : 'DEFAULT')
  if (!isAboutTheValue(first) || reach.by !== 'key') return judge(what, first, table)
  return judge(what, await set(name), table)
}

/**
 * Tries to update each column, to delete and to truncate, each in a transaction that is rolled back.
 *
 * @param except columns that may change
 * @throws BacklotError `BACKLOT_USAGE` when policies hide all rows from who tries, `BACKLOT_TIMEOUT` when a lock is in the way
 */
export function tryChanges(who: Trier, table: Table, except: readonly Column[]): Promise<readonly Tried[]> {
  return withRehearsal(
    who.to,
    (client) => applySettings(client, who.settings, false),
    async (client) => {
      const reach = await reachOf(client, table)
      if (reach.by === 'none') {
        throw new BacklotError(
          'BACKLOT_USAGE',
          `policies hide every row of ${table.shown} from the ${who.name}, so that trying proves nothing`,
          {
            hint: "give its session the settings under which it sees some: appendOnly(table, { claims: { 'app.agent': 'genesis' } })",
          },
        )
      }
      const locked = await unwritable(client, table)
      const tried: Tried[] = []
      for (const column of table.columns) {
        if (locked.has(column.name) || except.includes(column)) continue
        tried.push(await tryUpdate(client, table, column, reach))
      }
      const [where, values] = reach.by === 'key' ? [` WHERE ${reach.place.where}`, reach.place.values] : ['', []]
      tried.push(judge('delete', await tryStatement(client, `DELETE FROM ${table.sql}${where}`, values), table))
      // Without CASCADE a table that others refer to would be refused for that alone.
      tried.push(judge('truncate', await tryStatement(client, `TRUNCATE ${table.sql} CASCADE`, []), table))
      return tried
    },
  )
}
