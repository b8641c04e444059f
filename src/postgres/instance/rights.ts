import type { Pool } from 'pg'
import { BacklotError } from '../../errors/index.ts'

/** What the connected role may do, and what the server is set to. */
export interface Rights {
  readonly superuser: boolean
  readonly createRole: boolean
  /** Undefined: leases can be rewound. Otherwise why they cannot, in one line. */
  readonly noRewind: string | undefined
}

interface Row {
  readonly superuser: boolean
  readonly createdb: boolean
  readonly createrole: boolean
  readonly wal_level: string
  readonly major: number
  readonly role: string
}

/**
 * Reads what a server lets Backlot do.
 *
 * @throws BacklotError `BACKLOT_RIGHTS_MISSING` when not even databases can be made
 */
export async function readRights(admin: Pool): Promise<Rights> {
  const { rows } = await admin.query<Row>(
    `SELECT rolsuper AS superuser, rolcreatedb AS createdb, rolcreaterole AS createrole, rolname AS role,
       current_setting('wal_level') AS wal_level, current_setting('server_version_num')::int / 10000 AS major
     FROM pg_roles WHERE rolname = current_user`,
  )
  const [row] = rows
  if (row === undefined || !(row.superuser || row.createdb)) {
    const role = row?.role ?? 'the role'
    throw new BacklotError('BACKLOT_RIGHTS_MISSING', `${role} may not create databases on this server`, {
      hint: `ALTER ROLE "${role}" CREATEDB; (with SUPERUSER, tests are rewound and not cloned)`,
    })
  }
  return { superuser: row.superuser, createRole: row.superuser || row.createrole, noRewind: reasonAgainst(row) }
}

function reasonAgainst(row: Row): string | undefined {
  if (row.major < 16) return `PostgreSQL ${row.major} cannot be rewound (16 and later can)`
  if (!row.superuser) return `${row.role} is no superuser, which an undo past triggers and foreign keys needs`
  if (row.wal_level !== 'logical') return `wal_level is ${row.wal_level}, and the change feed needs logical`
  return undefined
}
