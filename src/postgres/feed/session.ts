import pg from 'pg'
import type { Connection } from '../contract.ts'
import { ownApplicationName } from '../contract.ts'

/**
 * Settings that decide how a value becomes text and text a value. A database or a role may set them otherwise
 * (`extra_float_digits = -3` turns 0.30000000000000004 into 0.3), so every connection that reads or writes row images
 * pins them at its start, where neither `ALTER DATABASE` nor `ALTER ROLE` can reach. `search_path` is left alone: names
 * in values (regclass) read back as they were printed as long as both sides see the same one. node-postgres asks for UTF-8
 * itself.
 */
const textSettings: Readonly<Record<string, string>> = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  xmloption: 'content',
  lc_monetary: 'C',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
}

/** Settings under which a session may stay idle, and waits for nobody longer than Backlot says. */
const calmSettings: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  synchronous_commit: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  row_security: 'on',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
}

/** Start-up `options` for a connection; spaces and backslashes within a value are escaped as the server expects it. */
function startupOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ')
}

/** What a session of Backlot's own on a lease's database is for. */
export interface SessionOptions {
  /** Follows `backlot:` in `application_name`. */
  readonly purpose: string
  readonly settings?: Readonly<Record<string, string>>
  /** Milliseconds; default 10,000. */
  readonly connectTimeout?: number
}

/** How node-postgres is told to open a session with pinned settings. */
export function sessionConfig(connection: Connection, options: SessionOptions): pg.ClientConfig {
  return {
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    database: connection.database,
    application_name: `${ownApplicationName}${options.purpose}`,
    connectionTimeoutMillis: options.connectTimeout ?? 10_000,
    options: startupOptions({ ...textSettings, ...calmSettings, ...options.settings }),
  }
}

/** Opens a session. Its loss shows in the next query on it, and never as an unhandled event. */
export async function openSession(connection: Connection, options: SessionOptions): Promise<pg.Client> {
  const client = new pg.Client(sessionConfig(connection, options))
  client.on('error', () => {})
  await client.connect()
  return client
}
