import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { Client } from 'pg'

/** A file of `migrations/`, and when it was applied. */
export interface Migration {
  readonly name: string
  /** Null: not yet. */
  readonly appliedAt: Date | null
}

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

/** Every migration in the folder and when the database got it. */
export async function listMigrations(url: string, folder: URL = migrationsFolder): Promise<readonly Migration[]> {
  return await withDatabase(url, async (client) => {
    const done = await readApplied(client)
    return (await readFiles(folder)).map(({ name }) => ({ name, appliedAt: done.get(name)?.appliedAt ?? null }))
  })
}

async function withDatabase<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'talk migrations' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    await client.query(`create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now()
    )`)
    return await work(client)
  } finally {
    await client.end()
  }
}

async function readApplied(client: Client): Promise<Map<string, { checksum: string; appliedAt: Date }>> {
  const { rows } = await client.query<{ name: string; checksum: string; applied_at: Date }>(
    'select name, checksum, applied_at from schema_migrations order by name',
  )
  return new Map(rows.map((row) => [row.name, { checksum: row.checksum, appliedAt: row.applied_at }]))
}

async function readFiles(folder: URL): Promise<{ name: string; text: string; checksum: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}
