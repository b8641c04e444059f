import pg from 'pg'
import type { Connection } from '../../../src/postgres/contract.ts'
import { openRewind, prepareTemplate, type Rewind, type RewindOptions } from '../../../src/postgres/rewind/index.ts'
import type { PostgresServer } from '../../../src/postgres/server/index.ts'
import { withServer } from '../support/postgres.ts'
import { checksums } from './checksums.ts'

/** A clone with its rewind, and sessions on it as an app would hold them. */
export interface Lot {
  readonly database: string
  readonly rewind: Rewind
  /** How often sessions were announced to be ended. */
  readonly announced: () => number
  /** A session of the role that owns the schema and is no superuser. */
  readonly app: pg.Client
  connect(as?: 'owner' | 'superuser', applicationName?: string): Promise<pg.Client>
  /** One line per table and sequence: equal maps mean equal databases. */
  checksums(): Promise<ReadonlyMap<string, string>>
  end(): Promise<void>
}

/** A server with templates to clone. */
export interface Lab {
  readonly server: PostgresServer
  /** Makes a template, its objects owned by an ordinary role, and prepares it. */
  template(ddl: string): Promise<string>
  /** @param first SQL for a database before anything connects to it: settings of a database are not cloned */
  lot(template: string, options?: Partial<RewindOptions>, first?: (database: string) => readonly string[]): Promise<Lot>
  /** Runs SQL as superuser on the database `postgres`. */
  admin(sql: string): Promise<pg.QueryResult>
  stop(): Promise<void>
}

const owner = 'lab_owner'
const generous = { rows: 20_000, bytes: 16_000_000 }

async function open(connection: Connection, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, application_name: applicationName })
  // A session that the rewind ends must not end the test's process.
  client.on('error', () => {})
  await client.connect()
  return client
}

/**
 * Starts a server for a test file.
 *
 * @param extensions that are laid over its binaries
 */
export async function openLab(version: 16 | 17 | 18 = 18, extensions: readonly string[] = []): Promise<Lab> {
  const { server, stop } = await withServer({ version, ...(extensions.length === 0 ? {} : { extensions }) })
  const { superuser } = server
  const administrator = new pg.Pool({ ...superuser, database: 'postgres', application_name: 'backlot:lab', max: 4 })
  // The server ends before the last of its sessions is gone.
  administrator.on('connect', (client) => client.on('error', () => {}))
  administrator.on('error', () => {})
  const password = 'lab'
  await administrator.query(`CREATE ROLE ${owner} LOGIN PASSWORD '${password}'`)
  let count = 0

  async function template(ddl: string): Promise<string> {
    count += 1
    const name = `template_${count}`
    await administrator.query(`CREATE DATABASE ${name} OWNER ${owner}`)
    const builder = await open({ ...superuser, database: name }, 'backlot:lab')
    try {
      await builder.query(`GRANT CREATE ON DATABASE ${name} TO ${owner}; SET ROLE ${owner}; ${ddl}; RESET ROLE`)
      await prepareTemplate(builder)
    } finally {
      await builder.end()
    }
    return name
  }

  async function lot(
    from: string,
    options: Partial<RewindOptions> = {},
    first: (database: string) => readonly string[] = () => [],
  ): Promise<Lot> {
    count += 1
    const database = `lot_${count}`
    await administrator.query(`CREATE DATABASE ${database} TEMPLATE ${from} OWNER ${owner}`)
    for (const statement of first(database)) await administrator.query(statement)
    let announced = 0
    const rewind = await openRewind({
      superuser,
      database,
      name: `backlot_${database}`,
      limits: generous,
      onSessionsEnding: async () => {
        announced += 1
      },
      ...options,
    })
    const sessions: pg.Client[] = []
    async function connect(as: 'owner' | 'superuser' = 'owner', applicationName = 'the app'): Promise<pg.Client> {
      const role = as === 'owner' ? { user: owner, password } : {}
      const client = await open({ ...superuser, ...role, database }, applicationName)
      sessions.push(client)
      return client
    }
    const inspector = await connect('superuser', 'backlot:inspector')
    return {
      database,
      rewind,
      announced: () => announced,
      app: await connect(),
      connect,
      checksums: () => checksums(inspector),
      async end() {
        await Promise.allSettled(sessions.map((session) => session.end()))
        await rewind.end()
        await administrator.query(`DROP DATABASE ${database} WITH (FORCE)`)
      },
    }
  }

  return {
    server,
    template,
    lot,
    admin: (sql) => administrator.query(sql),
    async stop() {
      await administrator.end()
      await stop()
    },
  }
}
