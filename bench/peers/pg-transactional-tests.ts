import { Pool } from 'pg'
import { testTransaction } from 'pg-transactional-tests'
import { configFor, newDatabase, throughPool } from '../lib/databases.ts'
import type { OpenPeer } from '../lib/peer.ts'

/** The npm package pg-transactional-tests, with the hooks that its guide tells to set. */
export const open: OpenPeer = async (server, schema) => {
  const pool = new Pool(configFor(server, await newDatabase(server, schema)))
  testTransaction.start()
  return {
    begin: async () => testTransaction.start(),
    ...throughPool(() => pool),
    reset: () => testTransaction.rollback(),
    close: () => testTransaction.close(),
  }
}
