import { Pool } from 'pg'
import { throughPool } from '../lib/databases.ts'
import type { OpenPeer } from '../lib/peer.ts'
import { startLot } from '../project/lot.ts'

/** Backlot as it is installed, on its own server: the app's pool commits every statement, `rewind` undoes them. */
export const open: OpenPeer = async () => {
  const lot = await startLot()
  const pool = new Pool({ connectionString: lot.services.db.url })
  // The lot ends the sessions that are left on its lease when it stops.
  pool.on('error', () => {})
  return {
    // As between two tests: nothing but tests writes here.
    begin: () => lot.mark('test', 'nothing'),
    ...throughPool(() => pool),
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
