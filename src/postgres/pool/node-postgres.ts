import type { Pool, PoolClient } from 'pg'
import type { Connection } from '../contract.ts'
import type { ConnectionUse, HeldConnection, KillReport, PoolSource } from './contract.ts'
import { instrument, type Tracked } from './instrument.ts'
import { openServerEye } from './server-eye.ts'

/** Milliseconds in which a pool has to notice that its connections are gone. */
const noticeMs = 5000

/** How the pool itself would connect. */
async function connectionOf(pool: Pool): Promise<Connection> {
  // Reads URL, options and environment as the pool does; it is never connected. The spread leaves the password out.
  const { host, port, user, database, password } = new (clientOf(pool))({
    ...pool.options,
    password: pool.options.password,
  })
  const secret: unknown = typeof password === 'function' ? await Reflect.apply(password, undefined, []) : password
  return { host, port, user: user ?? '', database: database ?? '', password: typeof secret === 'string' ? secret : '' }
}

type ClientClass = new (
  options: object,
) => { host: string; port: number; user?: string; database?: string; password?: unknown }

function clientOf(pool: Pool): ClientClass {
  return Reflect.get(pool, 'Client') as ClientClass
}

/** Waits until the pool has let go of clients that are dead; those that are checked out go when they are released. */
async function noticed(pool: Pool, idle: readonly PoolClient[]): Promise<void> {
  const left = new Set(idle)
  if (left.size === 0) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, noticeMs)
    function removed(client: PoolClient): void {
      left.delete(client)
      if (left.size === 0) done()
    }
    function done(): void {
      clearTimeout(timer)
      pool.off('remove', removed)
      resolve()
    }
    pool.on('remove', removed)
  })
}

/** Watches a pool of node-postgres; nothing of what its users do changes. */
export function watchNodePostgres(pool: Pool): PoolSource {
  const instruments = instrument(pool)
  const eye = openServerEye(() => connectionOf(pool))

  async function held(): Promise<readonly HeldConnection[]> {
    const tracked = instruments.tracked()
    if (tracked.length === 0) return []
    const sessions = await eye.activity(tracked.map(({ pid }) => pid))
    // Asked again: what was given back meanwhile is not held.
    return instruments.tracked().flatMap((one: Tracked): readonly HeldConnection[] => {
      const session = sessions.find(({ pid }) => pid === one.pid)
      const state = session?.state ?? 'gone'
      const query = one.query ?? session?.query ?? ''
      if (one.out !== undefined) {
        const { since, askedAt } = one.out
        return [{ pid: one.pid, kind: 'checked out', state, query, sinceMs: performance.now() - since, askedAt }]
      }
      if (!state.startsWith('idle in transaction')) return []
      return [{ pid: one.pid, kind: 'open transaction', state, query, sinceMs: session?.sinceMs ?? 0, askedAt: [] }]
    })
  }

  async function kill(): Promise<KillReport> {
    const errors: Error[] = []
    const note = (error: Error): void => {
      errors.push(error)
    }
    const wouldCrash = pool.listenerCount('error') === 0
    pool.on('error', note)
    try {
      const tracked = instruments.tracked()
      const gone = noticed(
        pool,
        tracked.filter(({ out }) => out === undefined).map(({ client }) => client),
      )
      const killed = await eye.terminate(tracked.map(({ pid }) => pid))
      await gone
      return { killed, errors, wouldCrash: wouldCrash && errors.length > 0 }
    } finally {
      pool.off('error', note)
    }
  }

  return {
    name: 'the pool',
    max: pool.options.max,
    subscribe: instruments.subscribe,
    look: async () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    held,
    uses: () => instruments.tracked().map(({ pid, times, queries }): ConnectionUse => ({ pid, times, queries })),
    waits: instruments.waits,
    kill,
    async stop() {
      instruments.stop()
      await eye.close()
    },
  }
}
