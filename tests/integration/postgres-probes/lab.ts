import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type {
  Instance,
  Isolation,
  Json,
  LeaseClient,
  OpenService,
  ServiceContext,
} from '../../../src/contracts/index.ts'
import type { InstanceOptions } from '../../../src/postgres/contract.ts'
import { type AnyDatabase, type PostgresHandle, type PostgresOptions, postgres } from '../../../src/postgres/index.ts'
import { openInstance } from '../../../src/postgres/instance/index.ts'
import { startServer } from '../../../src/postgres/server/index.ts'
import { testContext } from '../support/postgres.ts'

/** A server with what tests need to get leases on it, for one test file. */
export interface Lab {
  readonly instance: Instance
  readonly projectRoot: string
  /** Runs a statement as the superuser. */
  admin(sql: string): Promise<void>
  stop(): Promise<void>
}

/** @param extensions that are laid over its binaries */
export async function openLab(extensions: readonly string[] = []): Promise<Lab> {
  const { context, close } = await testContext()
  const options: InstanceOptions = { version: 18, durable: false, ...(extensions.length === 0 ? {} : { extensions }) }
  const server = await startServer(context, options)
  const instance = await openInstance(server, options)
  return {
    instance,
    projectRoot: context.projectRoot,
    async admin(sql) {
      const client = new pg.Client({ ...server.superuser })
      await client.connect()
      await client.query(sql).finally(() => client.end())
    },
    async stop() {
      await instance.stop()
      await close()
    },
  }
}

export function serviceContext(projectRoot: string, more: Partial<ServiceContext> = {}): ServiceContext {
  return { name: 'db', projectRoot, env: {}, isolation: 'rewind', progress: () => {}, ...more }
}

/** A lease as a test worker has it, with a connection in the app's role. */
export interface Seat<Database = AnyDatabase> {
  readonly db: PostgresHandle<Database>
  readonly open: OpenService<PostgresHandle<Database>>
  /** The app's connection. */
  readonly app: pg.Client
  /** Coordinates, as the lease's host gives them. */
  info(): Json
  /** What is in flight elsewhere, and what other services did: the test says. */
  readonly elsewhere: { inFlight: readonly string[]; others: readonly string[] }
  /** Runs SQL as the app does, and resolves when the feed has shown its commit. */
  write(sql: string): Promise<void>
  /** Resolves when a matcher has looked in vain and begun to wait. */
  waitingBegun(): Promise<void>
  push(): Promise<void>
  pop(): Promise<void>
  close(): Promise<void>
}

/** Builds a baseline with a service's own options, and opens its handle on a lease. */
export async function openSeat<Database = AnyDatabase>(
  lab: Pick<Lab, 'instance' | 'projectRoot'>,
  schema: string,
  options: {
    readonly isolation?: Isolation
    readonly extensions?: PostgresOptions['extensions']
    readonly roles?: PostgresOptions['roles']
    /** In place of the schema. */
    readonly migrate?: PostgresOptions['migrate']
  } = {},
): Promise<Seat<Database>> {
  const context = serviceContext(lab.projectRoot, { isolation: options.isolation ?? 'rewind' })
  const service = postgres<Database>({
    migrate: options.migrate ?? (({ sql }) => sql(Object.assign([schema], { raw: [schema] }))),
    extensions: options.extensions ?? [],
    roles: options.roles ?? [],
  })
  await service.check(context)
  const plan = await service.plan(context)
  const baseline = randomUUID().replaceAll('-', '')
  const request = await lab.instance.baseline(baseline, plan.lease)
  if (request.state === 'build') {
    await service.build(request.target, context)
    await request.keep()
  }
  const lease = await lab.instance.lease(baseline, plan.lease)
  const asked: (() => void)[] = []
  const elsewhere: Seat['elsewhere'] = { inFlight: [], others: [] }
  const client: LeaseClient = {
    id: baseline,
    get info() {
      return lease.info()
    },
    onCommit: (listener) => lease.onCommit(listener),
    async ask(question, args) {
      const answer = await lease.ask(question, args)
      for (const resolve of asked.splice(0)) setImmediate(resolve)
      return answer
    },
    inFlight: async () => [...elsewhere.inFlight, ...(await lease.inFlight())],
    others: async () => elsewhere.others,
  }
  const open = await service.open(client, context)
  async function connectApp(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: open.handle.url })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  let app = await connectApp()
  return {
    db: open.handle,
    open,
    get app() {
      return app
    },
    info: () => lease.info(),
    elsewhere,
    async write(sql) {
      const shown = new Promise<void>((resolve) => {
        const off = lease.onCommit(() => {
          off()
          resolve()
        })
      })
      await app.query(sql)
      await shown
    },
    waitingBegun: () =>
      new Promise((resolve) => {
        asked.push(resolve)
      }),
    async push() {
      await lease.push('test', 'nothing')
      await open.push?.()
    },
    async pop() {
      await open.pop?.()
      const { info } = await lease.pop()
      if (info === undefined) return
      await open.moved(info)
      await app.end().catch(() => {})
      app = await connectApp()
    },
    async close() {
      await app.end().catch(() => {})
      await open.close()
      await lease.end()
    },
  }
}

/** The message that something fails with; spans of waiting are written as `…`, since they differ from run to run. */
export async function failureOf(failing: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    await (typeof failing === 'function' ? failing() : failing)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return message.replaceAll(/\d+(\.\d+)? (ms|s|min)( later\b|\)|(?= this was still))/g, '…$3')
  }
  throw new Error('it was to fail, and did not')
}
