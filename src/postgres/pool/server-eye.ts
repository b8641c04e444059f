import type { Client } from 'pg'
import { type Activity, readActivity } from '../activity.ts'
import { connect } from '../client.ts'
import { type Connection, ownApplicationName } from '../contract.ts'
import { terminateBackends } from '../terminate.ts'

/** Looks at sessions from the server's side, on a connection of its own. */
export interface ServerEye {
  /** Sessions with these pids, or all of the database. */
  activity(pids?: readonly number[]): Promise<readonly Activity[]>
  /** Ends backends, and waits until they have gone. Resolves to how many there were. */
  terminate(pids: readonly number[]): Promise<number>
  close(): Promise<void>
}

/**
 * Opens an eye; it connects when it is first used.
 *
 * @param to asked each time that it connects: a password may be made anew
 */
export function openServerEye(to: () => Promise<Connection>): ServerEye {
  let opening: Promise<Client> | undefined
  async function open(): Promise<Client> {
    return connect(await to(), { applicationName: `${ownApplicationName}pool` }, () => {
      opening = undefined
    })
  }
  const get = (): Promise<Client> => {
    opening ??= open()
    return opening
  }
  return {
    activity: async (pids) => readActivity(await get(), pids),
    async terminate(pids) {
      const stayed = await terminateBackends(await get(), pids)
      return pids.length - stayed.length
    },
    async close() {
      const client = await opening?.catch(() => undefined)
      opening = undefined
      await client?.end().catch(() => {})
    },
  }
}
