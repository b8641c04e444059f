import { start } from 'backlot'
import { Pool } from 'pg'
import type { OpenPeer } from '../lib/peer.ts'
import backlot from '../project/backlot.config.ts'

/** Backlot as it is installed, on its own server: the app's pool commits every statement, `rewind` undoes them. */
export const open: OpenPeer = async () => {
  const lot = await start(backlot)
  const pool = new Pool({ connectionString: lot.services.db.url })
  // The lot ends the sessions that are left on its lease when it stops.
  pool.on('error', () => {})
  return {
    begin: () => lot.mark('test'),
    query: (text, values = []) => pool.query(text, [...values]),
    reset: async () => {
      const { db } = await lot.rewind()
      if (db?.how === 'replaced') throw new Error(`the lease was replaced: ${db.reason}`)
    },
    close: async () => {
      await lot.stop()
      await pool.end()
    },
  }
}
