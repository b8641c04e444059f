import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { Client } from 'pg'

/** Any number will do, as long as it is always this one: two deployments at a time wait for each other. */
const lockKey = 7_410_991

/** Where the migrations are. */
export const migrationsFolder: URL = new URL('../../migrations/', import.meta.url)

/**
 * Applies the migrations that a database lacks, each in a transaction of its own, in order of their names.
 *
 * @param url of the database, in the role that owns the schema
 * @returns names of those applied now
 * @throws Error when a file that was applied has been changed or taken away since, or one fails
 */
export async function applyMigrations(url: string, folder: URL = migrationsFolder): Promise<readonly string[]> {
  return await withDatabase(url, async (client) => {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    await client.query(`create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now()
    )`)
    const done = await readApplied(client)
    const files = await readFiles(folder)
    for (const [name, { checksum }] of done) {
      const file = files.find((candidate) => candidate.name === name)
      if (!file) throw new Error(`${name} was applied and is not in the folder any more`)
      if (file.checksum !== checksum) throw new Error(`${name} was changed after it was applied: write a new migration`)
    }
    const due = files.filter(({ name }) => !done.has(name))
    for (const { name, text, checksum } of due) {
      await client.query('begin')
      try {
        await client.query(text)
        await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
        await client.query('commit')
      } catch (cause) {
        await client.query('rollback')
        throw new Error(`${name} failed and left nothing: ${cause instanceof Error ? cause.message : cause}`, { cause })
      }
    }
    return due.map(({ name }) => name)
  })
}

/** The last migration that a database has, or null. Only reads, so that any role that may connect can ask. */
export async function currentMigration(url: string): Promise<string | null> {
  return await withDatabase(url, async (client) => {
    await client.query('begin read only')
    const { rows } = await client.query<{ there: boolean }>(
      "select to_regclass('schema_migrations') is not null as there",
    )
    if (!rows[0]?.there) return null
    return [...(await readApplied(client)).keys()].at(-1) ?? null
  })
}

/** Names of all migrations, in the order in which they are applied. */
export async function listMigrations(folder: URL = migrationsFolder): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
}

async function withDatabase<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'talk migrations' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function readApplied(client: Client): Promise<Map<string, { checksum: string }>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations order by name',
  )
  return new Map(rows.map(({ name, checksum }) => [name, { checksum }]))
}

async function readFiles(folder: URL): Promise<{ name: string; text: string; checksum: string }[]> {
  const names = await listMigrations(folder)
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}
