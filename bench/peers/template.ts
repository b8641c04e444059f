import { Client, Pool } from 'pg'
import { configFor, newDatabase, throughPool } from '../lib/databases.ts'
import type { OpenPeer } from '../lib/peer.ts'

/**
 * A database of its own for every test: CREATE DATABASE ... TEMPLATE before, DROP DATABASE after. The drop comes one test
 * late, when the sessions of the pool are gone: Postgres would wait for them 100 ms.
 */
export const open: OpenPeer = async (server, schema) => {
  const template = await newDatabase(server, schema)
  const admin = new Client(configFor(server, 'postgres'))
  await admin.connect()
  let pool: Pool | undefined
  let count = 0
  const name = (number: number): string => `${template}_${number}`
  return {
    begin: async () => {
      count += 1
      await admin.query(`CREATE DATABASE ${name(count)} TEMPLATE ${template}`)
      pool = new Pool(configFor(server, name(count)))
    },
    ...throughPool(() => {
      if (pool === undefined) throw new Error('no test has begun')
      return pool
    }),
    reset: async () => {
      await pool?.end()
      if (count > 1) await admin.query(`DROP DATABASE ${name(count - 1)}`)
    },
    close: () => admin.end(),
  }
}
