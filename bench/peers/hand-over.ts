import { Pool } from 'pg'
import { throughPool } from '../lib/databases.ts'
import type { OpenPeer } from '../lib/peer.ts'
import { startLot } from '../project/lot.ts'

/** One worker after the other: what `reset` takes is what the next one waits for until it holds the rewound lease. */
export const open: OpenPeer = async () => {
  let lot = await startLot()
  // Open sessions of the app are ended on the way, as those of a worker that was killed.
  const connect = (): Pool => new Pool({ connectionString: lot.services.db.url }).on('error', () => {})
  let pool = connect()
  return {
    begin: () => lot.mark('test', 'nothing'),
    ...throughPool(() => pool),
    async reset() {
      await lot.stop()
      lot = await startLot()
      const left = pool
      pool = connect()
      await left.end()
    },
    async close() {
      await lot.stop()
      await pool.end()
    },
  }
}
