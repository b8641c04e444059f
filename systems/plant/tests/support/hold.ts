import type { Connection, Connector, SessionOptions } from '../../src/index.ts'

/** Connections that are in use. */
export interface Held extends AsyncDisposable {
  /** Their processes on the server. */
  readonly pids: readonly number[]
  /** Gives them back. */
  release(): void
}

async function pidOf({ client }: Connection): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? Number.NaN
}

/**
 * Asks for several connections at once and keeps them, until the end of the scope at most: `await using held = await hold(connector, 5)`.
 * Where one cannot be had, the others are given back.
 */
export async function hold(connector: Connector, count: number, mode?: SessionOptions['mode']): Promise<Held> {
  const connections: Connection[] = []
  const release = (): void => {
    for (const connection of connections) connection.release()
  }
  const asked = await Promise.allSettled(
    Array.from({ length: count }, async () => {
      connections.push(await connector.acquire(mode))
    }),
  )
  const failed = asked.find((each) => each.status === 'rejected')
  if (failed !== undefined) {
    release()
    throw failed.reason
  }
  const pids = await Promise.all(connections.map(pidOf))
  return { pids, release, [Symbol.asyncDispose]: async () => release() }
}
