import { Pool } from 'pg'
import { configFor, newDatabase, throughPool } from '../lib/databases.ts'
import type { OpenPeer } from '../lib/peer.ts'

/** Real commits, then one TRUNCATE of all tables. Seed rows would have to be written again; here there are none. */
export const open: OpenPeer = async (server, schema) => {
  const pool = new Pool(configFor(server, await newDatabase(server, schema)))
  const { rows } = await pool.query<{ tables: string }>(
    "SELECT string_agg(quote_ident(tablename), ', ') AS tables FROM pg_tables WHERE schemaname = 'public'",
  )
  const statement = `TRUNCATE ${rows[0]?.tables} RESTART IDENTITY CASCADE`
  return {
    begin: async () => {},
    ...throughPool(() => pool),
    reset: async () => {
      await pool.query(statement)
    },
    close: () => pool.end(),
  }
}
