import type { Client } from 'pg'
import type { Connection } from './contract.ts'
import { loadDriver } from './driver.ts'
import { inTurn } from './in-turn.ts'

/** How long a connection may take to be made, in milliseconds. */
const connectDeadlineMs = 10_000

/** Settings that fix how values are printed, whatever the database says. */
export const printingOptions: string = [
  'DateStyle=ISO,YMD',
  'IntervalStyle=postgres',
  'extra_float_digits=1',
  'bytea_output=hex',
  'TimeZone=UTC',
  'xmloption=content',
]
  .map((setting) => `-c ${setting}`)
  .join(' ')

/** What a connection of ours is called and how it prints. */
export interface ClientOptions {
  readonly applicationName: string
  /** Start-up options, as in `PGOPTIONS`. */
  readonly options?: string
  /** Runs on a new connection before anybody uses it: it becomes another role, takes settings. */
  readonly prepare?: (client: Client) => Promise<void>
}

/**
 * Opens one connection. Its end by the server is not an uncaught error: the next query rejects.
 *
 * @param onEnd called once when the connection is lost or closed
 */
export async function connect(to: Connection, options: ClientOptions, onEnd?: () => void): Promise<Client> {
  const driver = await loadDriver()
  const client = new driver.Client({
    host: to.host,
    port: to.port,
    user: to.user,
    password: to.password,
    database: to.database,
    application_name: options.applicationName,
    connectionTimeoutMillis: connectDeadlineMs,
    ...(options.options === undefined ? {} : { options: options.options }),
  })
  client.on('error', () => onEnd?.())
  client.on('end', () => onEnd?.())
  await client.connect()
  try {
    await options.prepare?.(client)
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
  return client
}

/** Whether a query failed because its connection had ended: the server ended it (57P01), or the socket closed. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (code === '57P01' || code === 'ECONNRESET' || code === 'EPIPE') return true
  return code === undefined && /terminated unexpectedly|not queryable|connection (was )?closed/i.test(error.message)
}

/** A connection that is made when it is first used, kept, and made anew after it was lost or has moved. */
export interface LazyClient {
  /** Runs queries on the connection with nobody else's in between. */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>
  /** The next query goes to another place. */
  move(to: Connection): Promise<void>
  /** Gives up whatever is under way; the next query opens a new connection. */
  drop(): void
  close(): Promise<void>
}

/** Makes a {@link LazyClient}; nothing is opened yet. */
export function lazyClient(first: Connection, options: ClientOptions): LazyClient {
  let to = first
  let opening: Promise<Client> | undefined
  const turn = inTurn()

  function get(): Promise<Client> {
    if (opening === undefined) {
      const started: Promise<Client> = connect(to, options, () => {
        if (opening === started) opening = undefined
      })
      opening = started
      started.catch(() => {
        if (opening === started) opening = undefined
      })
    }
    return opening
  }

  async function close(): Promise<void> {
    const closing = opening
    opening = undefined
    const client = await closing?.catch(() => undefined)
    await client?.end().catch(() => {})
  }

  return {
    use: (work) =>
      turn(async () => {
        const kept = opening
        try {
          return await work(await get())
        } catch (error) {
          if (!isLost(error)) throw error
          if (opening === kept) opening = undefined
          if (kept === undefined) throw error
          // It was ended while nobody used it, and its end was not yet read when this query was sent.
          return await work(await get())
        }
      }),
    async move(next) {
      to = next
      await close()
    },
    drop() {
      const dropped = opening
      opening = undefined
      dropped?.then(
        (client) => client.end().catch(() => {}),
        () => {},
      )
    },
    close,
  }
}
