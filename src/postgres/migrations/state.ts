import { quoteIdentifier } from '../probe/table-name.ts'
import { schemaDifference } from '../schema/difference.ts'
import type { Schema } from '../schema/snapshot.ts'
import type { Track } from './track.ts'

/** A table's rows, as far as two states are compared. */
interface Rows {
  readonly count: number
  /** Of all rows as text, in any order. */
  readonly hash: string
}

/** All that a database holds. */
export interface State {
  readonly schema: Schema
  readonly rows: ReadonlyMap<string, Rows>
}

/** Quoted names of all tables that hold rows of their own, with how a message shows them. */
export async function tablesOf({
  source,
}: Pick<Track, 'source'>): Promise<readonly { readonly sql: string; readonly shown: string }[]> {
  const known = await source.run(
    `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1, 2`,
    [],
  )
  return known.map(([namespace, name]) => ({
    sql: `${quoteIdentifier(namespace ?? '')}.${quoteIdentifier(name ?? '')}`,
    shown: namespace === 'public' ? (name ?? '') : `${namespace}.${name}`,
  }))
}

async function rowsOf(track: Track): Promise<ReadonlyMap<string, Rows>> {
  const rows = new Map<string, Rows>()
  for (const { sql, shown } of await tablesOf(track)) {
    const [row] = await track.source.run(
      `SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")) FROM ONLY ${sql} AS t`,
      [],
    )
    rows.set(shown, { count: Number(row?.[0] ?? 0), hash: row?.[1] ?? '' })
  }
  return rows
}

/** Reads all that a database holds. */
export async function readState(track: Track): Promise<State> {
  return { schema: await track.schema(), rows: await rowsOf(track) }
}

/** What is other in a state than in an earlier one, one line each. Rows are compared in tables that both have. */
export function stateDifference(before: State, after: State): readonly string[] {
  const rows = [...after.rows].flatMap(([table, now]) => {
    const was = before.rows.get(table)
    if (was === undefined || was.hash === now.hash) return []
    const counts = was.count === now.count ? `${now.count}, with other values` : `${was.count} → ${now.count}`
    return [`~ rows of ${table}: ${counts}`]
  })
  return [...schemaDifference(before.schema, after.schema), ...rows]
}
