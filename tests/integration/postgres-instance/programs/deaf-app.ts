/**
 * An app in the process of its tests whose clients listen for no error, checked out or idle. Each step ends sessions of theirs;
 * says the name of each step that was survived.
 */
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, createServer, type Server, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { defineBacklot, openLot } from '../../../../src/engine/index.ts'
import { postgres } from '../../../../src/postgres/index.ts'

const backlot = defineBacklot({
  services: { db: postgres({ migrate: ({ sql }) => sql`CREATE TABLE notes (body text)` }) },
  root: process.argv[2] ?? '',
})
const lot = await openLot(backlot, { env: process.env, progress: () => {} })
const { db } = lot.services
const said = (step: string): unknown => process.stdout.write(`${step}\n`)

/** The sockets of drivers, in the order in which they were opened. */
const sockets: Socket[] = []
subscribe('net.client.socket', (message) => {
  if (typeof message === 'object' && message !== null && 'socket' in message && message.socket instanceof Socket) {
    sockets.push(message.socket)
  }
})

/** A client that throws at its end never emits it, nor do listeners hear of it that come after its own. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.prependOnceListener('close', () => resolve()))

async function openClient(): Promise<{ client: pg.Client; socket: Socket; gone: Promise<void> }> {
  const client = new pg.Client({ connectionString: db.url })
  await client.connect()
  const socket = sockets.at(-1)
  if (socket === undefined) throw new Error('a client has a socket')
  return { client, socket, gone: closed(socket) }
}

/** Two sessions on the lease, one of a client and one of a pool. */
async function open(): Promise<{ client: pg.Client; pooled: pg.PoolClient; gone: Promise<unknown> }> {
  const { client, gone } = await openClient()
  const pooled = await new pg.Pool({ connectionString: db.url, max: 1 }).connect()
  const socket = sockets.at(-1)
  if (socket === undefined) throw new Error('a client has a socket')
  return { client, pooled, gone: Promise.all([gone, closed(socket)]) }
}

async function checkedOut(): Promise<void> {
  const { client, pooled, gone } = await open()
  await lot.push('test', 'nothing')
  for (const one of [client, pooled]) await one.query("BEGIN; INSERT INTO notes VALUES ('left open')")
  const { leaks } = await lot.pop()
  await gone
  said(`checked out: ${leaks.length} leaks`)
}

async function idle(): Promise<void> {
  const { pooled, gone } = await open()
  pooled.release()
  const owner = new pg.Client({ connectionString: db.ownerUrl })
  await owner.connect()
  await lot.push('test', 'nothing')
  await owner.query('CREATE TABLE more ()')
  const { services } = await lot.pop()
  await gone
  said(`idle: ${services.db?.how}`)
}

/** A server that a client of the app's talks to, and that is none of the lot's. */
async function stranger(): Promise<{ server: Server; client: Socket; reset: () => void }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const arriving = once(server, 'connection')
  const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  const [peer] = await arriving
  return { server, client, reset: () => peer.resetAndDestroy() }
}

/** While the guard is raised, what other connections meet is nothing that it may hide. */
async function others(): Promise<void> {
  const { client: other, server, reset } = await stranger()
  const session = await openClient()
  await lot.push('test', 'nothing')
  await session.client.query('BEGIN; SELECT 1')
  const uncaught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve))
  // The first to hear of the end of the session is its client: the guard is raised then.
  session.socket.prependOnceListener('close', reset)
  await lot.pop()
  const error = await Promise.race([uncaught, pause(5000, undefined, { ref: false })])
  said(`others: ${error?.message}`)
  other.destroy()
  server.close()
}

/** A server that hangs up while something is on its way to it resets the connection: the socket fails, and not the session. */
async function resets(): Promise<void> {
  const { client, socket, gone } = await openClient()
  await lot.push('test', 'nothing')
  await client.query('BEGIN; SELECT 1')
  socket.prependOnceListener('data', () => {
    socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
  })
  await lot.pop()
  await gone
  said('resets')
}

/** A process that is busy reads the last words of a session when it comes to it. */
async function busy(): Promise<void> {
  const { client, socket, gone } = await openClient()
  await lot.push('test', 'nothing')
  await client.query('BEGIN; SELECT 1')
  socket.pause()
  await lot.pop()
  socket.resume()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700)
  await gone
  said('busy')
}

await checkedOut()
await idle()
await others()
await resets()
await busy()
const { pooled, gone } = await open()
pooled.release()
await lot.close()
await gone
said('closed')
