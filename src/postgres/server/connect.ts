import pg, { type Client } from 'pg'
import { type Connection, ownApplicationName } from '../contract.ts'

/** Milliseconds to connect in. */
const connectMs = 10_000

/** What a connection asks for beside the defaults. */
export interface ConnectOptions {
  /** Start-up options: `-c TimeZone=UTC`. */
  readonly options?: string
}

/**
 * A connection of Backlot's own, named as such, that survives its server's end: the error that the driver emits then is
 * seen by whoever queries next.
 *
 * @param purpose follows `backlot:` in `application_name`
 */
export async function connect(connection: Connection, purpose: string, options: ConnectOptions = {}): Promise<Client> {
  const client = new pg.Client({
    ...connection,
    application_name: `${ownApplicationName}${purpose}`,
    connectionTimeoutMillis: connectMs,
    ...(options.options === undefined ? {} : { options: options.options }),
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Runs a task on a connection of its own. */
export async function withConnection<T>(
  connection: Connection,
  purpose: string,
  task: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(connection, purpose)
  try {
    return await task(client)
  } finally {
    await client.end()
  }
}
