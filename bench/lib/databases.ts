import { randomBytes } from 'node:crypto'
import { Client, type ClientBase, type ClientConfig, type Pool } from 'pg'
import type { Peer, Server } from './peer.ts'
import type { Query } from './work.ts'

export const configFor = ({ host, port, user, password }: Server, database: string): ClientConfig => ({
  host,
  port,
  user,
  password,
  database,
})

/** Runs statements in a database, over a connection of their own. */
async function execute(server: Server, database: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client(configFor(server, database))
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A new database with the schema; returns its name. */
export async function newDatabase(server: Server, schema: string): Promise<string> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  await execute(server, 'postgres', `CREATE DATABASE ${name}`)
  await execute(server, name, schema)
  return name
}

const queryOn =
  (client: Pick<ClientBase, 'query'>): Query =>
  (text, values = []) =>
    client.query(text, [...values])

/** How an app sends statements through its pool. */
export function throughPool(pool: () => Pool): Pick<Peer, 'query' | 'transaction'> {
  return {
    query: (text, values = []) => pool().query(text, [...values]),
    async transaction(work) {
      const client = await pool().connect()
      try {
        await client.query('BEGIN')
        await work(queryOn(client))
        await client.query('COMMIT')
      } finally {
        client.release()
      }
    },
  }
}

/** The same inside of a transaction that is open already: a savepoint stands for it. */
export function throughSavepoints(query: Query): Pick<Peer, 'query' | 'transaction'> {
  return {
    query,
    async transaction(work) {
      await query('SAVEPOINT request')
      await work(query)
      await query('RELEASE SAVEPOINT request')
    },
  }
}
