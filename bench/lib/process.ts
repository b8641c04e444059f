import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Answer, Body, Cycle, Order } from './child.ts'
import type { Server } from './peer.ts'

/** A peer in its own process. */
export interface PeerProcess {
  run(body: Body): Promise<Cycle>
  close(): Promise<void>
}

async function ask(child: ChildProcess, order: Order): Promise<Cycle | undefined> {
  child.send(order)
  const ended = new AbortController()
  const gone = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`the peer's process ended with ${code}`)
  })
  try {
    const [answer]: [Answer] = (await Promise.race([once(child, 'message', { signal: ended.signal }), gone])) as [
      Answer,
    ]
    if ('error' in answer) throw new Error(answer.error)
    return answer.cycle
  } finally {
    ended.abort()
    gone.catch(() => {})
  }
}

/**
 * Starts a peer.
 *
 * @param name file in `bench/peers`, without its ending
 * @throws Error with the peer's own words when it cannot open
 */
export async function startPeer(name: string, server: Server): Promise<PeerProcess> {
  const module = new URL(`../peers/${name}.ts`, import.meta.url).href
  const child = fork(join(import.meta.dirname, 'child.ts'), [module], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  try {
    await ask(child, { do: 'open', server })
  } catch (error) {
    child.kill()
    throw error
  }
  return {
    async run(body) {
      const cycle = await ask(child, { do: body })
      if (cycle === undefined) throw new Error(`${name} did not measure`)
      return cycle
    },
    async close() {
      await ask(child, { do: 'close' })
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}
