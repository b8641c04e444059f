import { randomBytes } from 'node:crypto'
import { Client, type ClientConfig } from 'pg'
import type { Server } from './peer.ts'

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
