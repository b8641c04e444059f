import { Client } from 'pg'
import { configFor, newDatabase, throughSavepoints } from '../lib/databases.ts'
import type { OpenPeer } from '../lib/peer.ts'

/** One connection, BEGIN before and ROLLBACK after the test, by hand: the least there can be. Nothing is ever committed. */
export const open: OpenPeer = async (server, schema) => {
  const client = new Client(configFor(server, await newDatabase(server, schema)))
  await client.connect()
  return {
    begin: async () => {
      await client.query('BEGIN')
    },
    ...throughSavepoints((text, values = []) => client.query(text, [...values])),
    reset: async () => {
      await client.query('ROLLBACK')
    },
    close: () => client.end(),
  }
}
