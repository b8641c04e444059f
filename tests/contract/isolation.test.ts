import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import type { Instance, Json } from '../../src/contracts/index.ts'
import type { Connection, LeaseOptions } from '../../src/postgres/contract.ts'
import { openInstance } from '../../src/postgres/instance/index.ts'
import { withServer } from '../integration/support/postgres.ts'
import { isolationBaseline, isolationContract } from './isolation.ts'

let instance: Instance
let stop: () => Promise<void>
const baseline = 'isolation'

function options(isolation: LeaseOptions['isolation']): LeaseOptions {
  return { isolation, connectAs: 'owner', extensions: [], limits: { rows: 20_000, bytes: 16_000_000 } }
}

function isConnection(value: unknown): value is Connection {
  return typeof value === 'object' && value !== null && 'host' in value && 'database' in value
}

/** How a baseline that is being filled is reached. */
function ownerOf(target: Json): Connection {
  if (typeof target === 'object' && target !== null && 'owner' in target && isConnection(target.owner))
    return target.owner
  throw new Error('a baseline that is to be built says how to reach it')
}

beforeAll(async () => {
  const running = await withServer()
  stop = running.stop
  instance = await openInstance(running.server, { version: 18, durable: false })
  const request = await instance.baseline(baseline, { ...options('rewind') })
  if (request.state === 'ready') return
  const client = new pg.Client({ ...ownerOf(request.target) })
  await client.connect()
  await client.query(isolationBaseline)
  await client.end()
  await request.keep()
})

afterAll(async () => {
  await instance.stop()
  await stop()
})

for (const name of ['rewind', 'clone'] as const) {
  isolationContract({
    name,
    keepsSessions: name === 'rewind',
    lease: () => instance.lease(baseline, { ...options(name) }),
  })
}
