import { setTimeout as pause } from 'node:timers/promises'
import type { Activity } from '../activity.ts'
import type { Connection } from '../contract.ts'
import type { HeldConnection, PoolSource } from './contract.ts'
import { openServerEye } from './server-eye.ts'

/**
 * A backend leaves the list of sessions a moment before its process ends and its socket closes, and nobody tells when a driver that
 * is not known has seen that. Milliseconds.
 */
const untilSocketsCloseMs = 50

/** What is known of a pool that is seen from the server alone. */
export interface ServerPool {
  readonly name: string
  readonly connection: () => Promise<Connection>
  readonly max: number | undefined
  /** Whether a session is one of the pool's. */
  readonly isOf: (session: Activity) => boolean
}

/** A pool as the server sees it: sessions, without who waits for one and without who asked for one. */
export function watchServerPool({ name, connection, max, isOf }: ServerPool): PoolSource {
  const eye = openServerEye(connection)
  const sessions = async (): Promise<readonly Activity[]> => (await eye.activity()).filter(isOf)
  return {
    name,
    max,
    subscribe: undefined,
    async look() {
      const found = await sessions()
      return {
        total: found.length,
        idle: found.filter(({ state }) => state === 'idle').length,
        waiting: undefined,
      }
    },
    async held() {
      const open = (await sessions()).filter(({ state }) => state !== 'idle')
      return open.map(
        ({ pid, state, query, sinceMs }): HeldConnection => ({
          pid,
          kind: state === 'active' ? 'checked out' : 'open transaction',
          state,
          query,
          sinceMs,
          askedAt: [],
        }),
      )
    },
    uses: undefined,
    waits: undefined,
    async kill() {
      const pids = (await sessions()).map(({ pid }) => pid)
      const killed = await eye.terminate(pids)
      await pause(untilSocketsCloseMs)
      return { killed, errors: [], wouldCrash: false }
    },
    stop: () => eye.close(),
  }
}
