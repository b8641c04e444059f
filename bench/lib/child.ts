import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenPeer, Peer, Server } from './peer.ts'
import { fifteenInserts, mustBeClean, threeReads } from './work.ts'

/** What the bench asks of a peer's process. */
export type Order = { readonly do: 'open'; readonly server: Server } | { readonly do: Body } | { readonly do: 'close' }

/** `commits`: 15 inserts, each committed; `request`: the same in one transaction; `read`: three queries; `check`: fails when anything is left behind. */
export type Body = 'commits' | 'request' | 'read' | 'check'

/** Times of one cycle in milliseconds. */
export interface Cycle {
  /** Begin, body and reset. */
  readonly whole: number
  /** What comes before the body, and what comes after it. */
  readonly begin: number
  readonly reset: number
}

/** Answer to an order. */
export type Answer = { readonly cycle?: Cycle } | { readonly error: string }

const bodies: Readonly<Record<Body, (peer: Peer) => Promise<void>>> = {
  commits: ({ query }) => fifteenInserts(query),
  request: ({ transaction }) => transaction(fifteenInserts),
  read: ({ query }) => threeReads(query),
  check: ({ query }) => mustBeClean(query),
}

async function runCycle(peer: Peer, body: Body): Promise<Cycle> {
  const began = performance.now()
  await peer.begin()
  const bodyBegan = performance.now()
  await bodies[body](peer)
  const bodyEnded = performance.now()
  await peer.reset()
  const ended = performance.now()
  return { whole: ended - began, begin: bodyBegan - began, reset: ended - bodyEnded }
}

// Every peer lives in a process of its own: pg-transactional-tests patches pg, and no peer shall pay for another's timers.
const [module = ''] = process.argv.slice(2)
const { open }: { readonly open: OpenPeer } = await import(module)
const schema = readFileSync(join(import.meta.dirname, '..', 'project', 'schema', '001_shop.sql'), 'utf8')
let peer: Peer | undefined

async function obey(order: Order): Promise<Answer> {
  if (order.do === 'open') {
    peer = await open(order.server, schema)
    return {}
  }
  if (peer === undefined) throw new Error('the peer is not open')
  if (order.do !== 'close') return { cycle: await runCycle(peer, order.do) }
  await peer.close()
  return {}
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit())
