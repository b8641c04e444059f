import type { Socket } from 'node:net'
import type { HostContext, Progress } from '../../contracts/index.ts'
import { type Channel, openChannel } from '../rpc/channel.ts'
import type { ClientFunctions, ClientKind, SupervisorFunctions } from '../rpc/protocol.ts'
import { createBaselines } from './baselines.ts'
import { createInstances } from './instances.ts'
import { createLeases, type LeaseOwner } from './leases.ts'

/** What a supervisor is told by the process that it runs in. */
export interface SupervisorOptions {
  readonly fingerprint: string
  readonly startedAt: Date
  /** Milliseconds without any client after which the supervisor stops. */
  readonly idleMs: number
  /** The same once a run has come and gone that held a connection of its own from begin to end. */
  readonly idleAfterRunMs: number
  /** The same once someone has asked it to stay (`backlot up`), whatever `CI` says. */
  readonly stayMs: number
  readonly contextFor: (service: string, progress: Progress) => HostContext
  /** Called once, when everything of it has been stopped. */
  readonly onStopped: (failures: readonly Error[]) => void
}

/** A supervisor at work: it serves sockets until it is stopped, or stops itself when it has been idle. */
export interface Supervisor {
  /** Serves one client until its socket closes. */
  serve(socket: Socket): void
  stop(): Promise<void>
}

/** The one owner of all servers and leases of a project. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const clients = new Set<Channel<ClientFunctions>>()
  const progress: Progress = (event) => {
    for (const client of clients) void client.remote.progress.asEvent(event)
  }
  const leases = createLeases()
  const instances = createInstances(
    (service) => options.contextFor(service, progress),
    (running) => leases.forget(running),
  )
  const baselines = createBaselines()
  let stopping: Promise<void> | undefined
  let idleTimer: NodeJS.Timeout | undefined
  let { idleMs } = options
  let stays = false

  function stopWhenIdle(): void {
    clearTimeout(idleTimer)
    if (clients.size === 0) idleTimer = setTimeout(() => void stop(), idleMs)
  }

  async function stopEverything(): Promise<void> {
    clearTimeout(idleTimer)
    await leases.endAll()
    options.onStopped(await instances.stopAll())
  }

  function stop(): Promise<void> {
    stopping ??= stopEverything()
    return stopping
  }

  function functionsFor(
    channel: () => Channel<ClientFunctions>,
    owned: Set<string>,
    greeted: (client: ClientKind) => void,
  ): SupervisorFunctions {
    const owner: LeaseOwner = {
      commit: (lease, touched) => void channel().remote.commit.asEvent(lease, { touched }),
      // A client that is gone needs no care.
      sessionsEnding: (lease) =>
        channel()
          .remote.sessionsEnding(lease)
          .catch(() => {}),
    }
    const each = <T>(ids: readonly string[], task: (id: string) => Promise<T>): Promise<T[]> =>
      Promise.all(ids.map(task))
    return {
      hello: (client) => {
        greeted(client)
        return { pid: process.pid, fingerprint: options.fingerprint, stopping: stopping !== undefined }
      },
      async prepare(spec) {
        return baselines.prepare(await instances.ensure(spec), spec, owned)
      },
      built: (ticket, ok) => baselines.built(ticket, ok),
      async acquire(spec) {
        const { id, lease } = await leases.acquire(await instances.ensure(spec), spec, owner)
        owned.add(id)
        return { lease: id, info: lease.info() }
      },
      async release(ids) {
        for (const id of ids) owned.delete(id)
        await leases.release(ids)
      },
      push: (ids, label, before) =>
        each(ids, (id) => {
          const { lease, run } = leases.get(id)
          return run(() => lease.push(label, before))
        }),
      pop: (ids) =>
        each(ids, (id) => {
          const { lease, run } = leases.get(id)
          return run(() => lease.pop())
        }),
      inFlight: (ids) => each(ids, (id) => leases.get(id).lease.inFlight()),
      ask: (id, question, args) => {
        const { lease, run } = leases.get(id)
        return run(() => lease.ask(question, args))
      },
      askInstance: (service, question, args) => instances.byService(service).instance.ask(question, args),
      statusOf: (service) => instances.byService(service).instance.status(),
      status: async () => ({
        pid: process.pid,
        startedAt: options.startedAt.toISOString(),
        stopsWhenIdleAfterMs: idleMs,
        clients: clients.size,
        services: await instances.statuses(),
      }),
      async stay() {
        stays = true
        idleMs = Math.max(idleMs, options.stayMs)
      },
      stop,
    }
  }

  stopWhenIdle()
  return {
    serve(socket) {
      const owned = new Set<string>()
      let purpose: ClientKind['purpose'] | undefined
      const channel: Channel<ClientFunctions> = openChannel<ClientFunctions>(
        socket,
        functionsFor(
          () => channel,
          owned,
          (client) => {
            purpose = client.purpose
          },
        ),
      )
      clients.add(channel)
      clearTimeout(idleTimer)
      void channel.closed.then(async () => {
        clients.delete(channel)
        if (purpose === 'runner' && !stays) idleMs = options.idleAfterRunMs
        stopWhenIdle()
        await baselines.abandon(owned)
        await leases.release([...owned])
      })
    },
    stop,
  }
}
