import type { Client } from 'pg'
import type { Connection } from '../contract.ts'
import { openSession } from '../feed/index.ts'
import { inTurn } from '../in-turn.ts'
import { type Beneath, lookAtOpen } from './beneath.ts'

/** Looks at what is open. Not earlier than the call, and one look after the other. */
export interface Watch {
  (): Promise<Pick<Beneath, 'sessions' | 'prepared'>>
  end(): Promise<void>
}

/** A session of its own for questions that come at any time, also while a mark is returned to; opened by the first. */
export function createWatch(connection: Connection): Watch {
  let session: Promise<Client> | undefined
  const queue = inTurn()

  function watch(): ReturnType<typeof lookAtOpen> {
    session ??= openSession(connection, { purpose: 'watch' })
    const opened = session
    return queue(async () => lookAtOpen(await opened))
  }
  return Object.assign(watch, {
    async end() {
      const opened = await session?.catch(() => undefined)
      await opened?.end()
    },
  })
}
