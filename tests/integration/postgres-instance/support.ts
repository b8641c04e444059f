import pg from 'pg'
import type { Instance, Isolation, Lease } from '../../../src/contracts/index.ts'
import type { BaselineTarget, LeaseInfo, LeaseOptions } from '../../../src/postgres/contract.ts'

export function leaseOptions(isolation: Isolation, more: Partial<LeaseOptions> = {}): LeaseOptions {
  return { isolation, connectAs: 'app', extensions: [], limits: { rows: 10_000, bytes: 2 ** 25 }, ...more }
}

/** Builds a baseline as a client would: SQL run by the owner. */
export async function build(
  instance: Instance,
  key: string,
  sql: string,
  options: LeaseOptions,
): Promise<'built' | 'ready'> {
  const request = await instance.baseline(key, options)
  if (request.state === 'ready') return 'ready'
  const { url } = request.target as BaselineTarget
  await query(url, sql)
  await request.keep()
  return 'built'
}

/** Runs statements on a connection of their own; resolves to the last one's rows. */
export async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(sql)
    return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? []
  } finally {
    await client.end()
  }
}

export function infoOf(lease: Lease): LeaseInfo {
  return lease.info() as LeaseInfo
}

/** SQLSTATE that a statement fails with; undefined where it works. */
export async function sqlState(url: string, sql: string): Promise<string | undefined> {
  return query(url, sql).then(
    () => undefined,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
}
