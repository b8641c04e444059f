import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import type { Missing } from '../../provision/index.ts'
import { connect } from './connect.ts'
import type { PostgresServer } from './contract.ts'
import { connectionFromUrl } from './url.ts'

/** Oldest major version that is known to work. */
const oldest = 15

/**
 * A server that the user gave. It must answer; there is no falling back from it, since the user meant this one.
 *
 * @throws BACKLOT_SERVER_START_FAILED when it does not answer or is too old
 */
export async function openByUrl(text: string, source: string): Promise<PostgresServer> {
  const superuser = connectionFromUrl(text, source)
  let client: Client
  try {
    client = await connect(superuser, 'guest')
  } catch (error) {
    const why = error instanceof Error ? error.message || String(error.name) : String(error)
    throw new BacklotError(
      'BACKLOT_SERVER_START_FAILED',
      `the server of ${source} at ${superuser.host}:${superuser.port} does not let us in: ${why}`,
      { hint: `start it, mend ${source}, or unset it to use a server of Backlot's own`, cause: error },
    )
  }
  try {
    const { rows } = await client.query<{ server_version: string; number: number }>(
      "SELECT current_setting('server_version') AS server_version, current_setting('server_version_num')::int AS number",
    )
    const version = rows[0]?.server_version.split(' ')[0] ?? ''
    const major = Math.floor((rows[0]?.number ?? 0) / 10_000)
    if (major < oldest) {
      throw new BacklotError('BACKLOT_SERVER_START_FAILED', `the server of ${source} is PostgreSQL ${version}`, {
        hint: `use PostgreSQL 16 or newer (${oldest} with isolation 'clone' alone)`,
      })
    }
    return {
      version,
      major,
      provider: source,
      guest: true,
      superuser,
      tcp: { host: superuser.host, port: superuser.port },
      pid: undefined,
      log: undefined,
      died: new Promise<Error>(() => {}),
      stop: async () => {},
    }
  } finally {
    await client.end()
  }
}

/** Why the first link of a chain does not serve when no URL was given. */
export function noUrl(source: string): Missing {
  return { missing: `${source} is not set`, hint: `set ${source} to use a server that runs already` }
}
