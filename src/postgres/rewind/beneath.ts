import type { Client } from 'pg'
import { ownApplicationName } from '../contract.ts'

/** A session of someone else's with a transaction open. */
export interface OpenSession {
  readonly pid: number
  readonly application: string
  readonly state: string
  readonly query: string
  /** When its transaction began, as text: with the pid it names the transaction. */
  readonly since: string | null
  /** Milliseconds since its state last changed. */
  readonly still: number
}

/** An advisory lock that a session of someone else's holds. */
export interface AdvisoryLock {
  /** The two halves of its key and their kind, and the mode. */
  readonly key: string
  readonly holder: OpenSession
}

/** A transaction that waits for COMMIT PREPARED. */
export interface PreparedTransaction {
  readonly gid: string
  /** When it was prepared, as text: with the gid it names the transaction. */
  readonly since: string
  /** Milliseconds since it was prepared. */
  readonly still: number
}

/** What lies beneath the log: state that changes without a row in the feed. */
export interface Beneath {
  readonly largeObjects: string
  /** `ALTER DATABASE ... SET` and `ALTER ROLE ... IN DATABASE ... SET`. */
  readonly settings: string
  /** One line per role of the server, with the transaction that wrote it. */
  readonly roles: string
  readonly prepared: readonly PreparedTransaction[]
  readonly locks: readonly AdvisoryLock[]
  readonly sessions: readonly OpenSession[]
}

/** Whether a table is as it was, without reading more than its rows' transactions. */
function fingerprint(table: string, where = 'true'): string {
  return `(SELECT pg_catalog.count(*) || ' ' || coalesce(pg_catalog.sum(xmin::pg_catalog.text::pg_catalog.int8), 0)
      FROM pg_catalog.${table} WHERE ${where})`
}

/** Milliseconds since a time. */
const since = (time: string): string => `pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${time}) * 1000`

const session = `pg_catalog.json_build_object('pid', a.pid, 'application', application_name, 'state', state,
      'query', pg_catalog."left"(query, 300), 'since', xact_start, 'still', ${since('state_change')})`

const here = '(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())'

/** SQL for a FROM clause: sessions of others on this database. */
export const foreignSessions: string = `(
    SELECT a.* FROM pg_catalog.pg_stat_get_activity(NULL) AS a
    WHERE datid = ${here} AND backend_type = 'client backend'
      AND NOT pg_catalog.starts_with(application_name, '${ownApplicationName}')) AS a`

const sessionsHere = `
    SELECT pg_catalog.json_agg(${session}) FROM ${foreignSessions} WHERE state <> 'idle' AND state <> 'starting'`

const preparedHere = `
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object('gid', gid, 'since', prepared, 'still', ${since('prepared')}))
    FROM pg_catalog.pg_prepared_xact() WHERE dbid = here.oid`

/** A prepared transaction's locks have no pid, and go with it. */
const locksHere = `
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object('key', l.key, 'holder', ${session}))
    FROM (
      SELECT pid, pg_catalog.concat_ws(' ', classid, objid, objsubid, mode) AS key FROM pg_catalog.pg_lock_status()
      WHERE locktype = 'advisory' AND granted AND database = here.oid AND pid IS NOT NULL
    ) AS l CROSS JOIN LATERAL pg_catalog.pg_stat_get_activity(l.pid) AS a
    WHERE NOT pg_catalog.starts_with(application_name, '${ownApplicationName}')`

const beneathQuery = {
  name: 'backlot_beneath',
  text: `
  SELECT ${fingerprint('pg_largeobject')} || ' ' || ${fingerprint('pg_largeobject_metadata')} AS large_objects,
    ${fingerprint('pg_db_role_setting', 'setdatabase = here.oid')} AS settings,
    (SELECT pg_catalog.string_agg(rolname || ' ' || xmin, E'\\n' ORDER BY oid) FROM pg_catalog.pg_authid
      WHERE NOT pg_catalog.starts_with(rolname, 'backlot_')) AS roles,
    (${preparedHere}) AS prepared,
    (${locksHere}) AS locks,
    (${sessionsHere}) AS sessions
  FROM ${here} AS here`,
}

interface BeneathRow {
  readonly large_objects: string
  readonly settings: string
  readonly roles: string | null
  readonly prepared: readonly PreparedTransaction[] | null
  readonly locks: readonly AdvisoryLock[] | null
  readonly sessions: readonly OpenSession[] | null
}

/** Reads all of it in one query, which takes no lock on any table of the user's. */
export async function lookBeneath(client: Client): Promise<Beneath> {
  const { rows } = await client.query<BeneathRow>(beneathQuery)
  const [row] = rows
  return {
    largeObjects: row?.large_objects ?? '',
    settings: row?.settings ?? '',
    roles: `${row?.roles ?? ''}`,
    prepared: row?.prepared ?? [],
    locks: row?.locks ?? [],
    sessions: row?.sessions ?? [],
  }
}

const openQuery = {
  name: 'backlot_open',
  text: `SELECT (${sessionsHere}) AS sessions,
    (${preparedHere}) AS prepared
  FROM ${here} AS here`,
}

/** Only what is open now: sessions with a transaction, and prepared transactions. */
export async function lookAtOpen(client: Client): Promise<Pick<Beneath, 'sessions' | 'prepared'>> {
  const { rows } = await client.query<Pick<BeneathRow, 'sessions' | 'prepared'>>(openQuery)
  return { sessions: rows[0]?.sessions ?? [], prepared: rows[0]?.prepared ?? [] }
}

/** One line for a person: what a session is at, and whose it is. */
export function describeSession({
  application,
  state,
  query,
}: Pick<OpenSession, 'application' | 'state' | 'query'>): string {
  const text = query.replace(/\s+/g, ' ').trim()
  return `${state}: ${text === '' ? '(no statement yet)' : text} (${application === '' ? 'no application_name' : application})`
}

/** Why a lease cannot be put back by undoing rows alone, if so. */
export function changedBeneath(mark: Beneath, now: Beneath): string | undefined {
  if (mark.largeObjects !== now.largeObjects) return 'large objects changed'
  if (mark.settings !== now.settings) return 'settings of the database changed (ALTER DATABASE or ALTER ROLE ... SET)'
  return undefined
}

/** What happened to the roles of the server, one line each. */
export function changedRoles(mark: Beneath, now: Beneath): string[] {
  if (mark.roles === now.roles) return []
  const read = (roles: string): Map<string, string> =>
    new Map(roles.split('\n').map((line) => [line.slice(0, line.lastIndexOf(' ')), line]))
  const [before, after] = [read(mark.roles), read(now.roles)]
  const lines: string[] = []
  for (const [name, line] of after) {
    const known = before.get(name)
    if (known === undefined) lines.push(`role ${name} was created`)
    else if (known !== line) lines.push(`role ${name} was altered`)
  }
  for (const name of before.keys()) if (!after.has(name)) lines.push(`role ${name} was dropped`)
  return lines
}
