import type { Before, Leak, RewindReport } from '../contracts/index.ts'
import { type AppHandle, adaptApp } from '../http/index.ts'
import { startApp } from './app.ts'
import { connectSupervisor, type SupervisorConnection } from './client/connect.ts'
import { createCrashGuard } from './crash-guard.ts'
import type { Backlot, Handles, Services } from './define.ts'
import { createInFlight } from './in-flight.ts'
import { openingCommand } from './kept.ts'
import type { LotOptions, LotService } from './lot-types.ts'
import { openServices } from './open-services.ts'

/** What a return to a mark did on all services of a lot. */
export interface LotReport {
  readonly ms: number
  readonly rows: number
  readonly leaks: readonly Leak[]
  readonly services: Readonly<Record<string, RewindReport>>
  /** True if the app was started anew, since a lease had moved. */
  readonly restarted: boolean
}

/** Everything one worker has of a config: a lease on each service, and the app on them. */
export interface Lot<S extends Services = Services> {
  readonly services: Handles<S>
  /**
   * The running app; undefined where the config has none.
   *
   * @throws what the app failed with, if it did not start again after a lease had moved
   */
  app(): AppHandle | undefined
  /** Puts a mark on every lease. See `Lease.push`. */
  push(label: string, before: Before): Promise<readonly Leak[]>
  /** Returns every lease to its innermost mark, side by side. */
  pop(): Promise<LotReport>
  /** Keeps a copy of every service that can be kept, as it is now. Resolves to what was kept, one line each. */
  keep(label: string, failed: boolean): Promise<readonly string[]>
  /** What is in flight now, one line each. */
  inFlight(): Promise<readonly string[]>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Gets a lease on every service of a config, builds missing baselines, and starts the app.
 *
 * @throws BacklotError of whatever part fails; what had been opened is closed again
 */
export async function openLot<S extends Services>(backlot: Backlot<S>, options: LotOptions): Promise<Lot<S>> {
  const connection = await connectSupervisor({ ...options, root: backlot.root, purpose: 'worker' })
  try {
    return await assemble(backlot, connection, options)
  } catch (error) {
    connection.close()
    throw error
  }
}

async function assemble<S extends Services>(
  backlot: Backlot<S>,
  connection: SupervisorConnection,
  options: LotOptions,
): Promise<Lot<S>> {
  const { supervisor } = connection
  let app: AppHandle | undefined
  const inFlight = createInFlight(
    () => app,
    () => supervisor.inFlight(parts.map(({ lease }) => lease)),
  )
  const parts: LotService[] = []
  await openServices(backlot, connection, options, inFlight, parts)
  for (const { open } of parts) for (const notice of open.notices ?? []) options.notice?.(notice)
  const leases = parts.map(({ lease }) => lease)
  const handles = Object.fromEntries(parts.map(({ name, open }) => [name, open.handle])) as Handles<S>
  const guard = createCrashGuard(parts.map(({ environment }) => environment))
  /** Why the app does not run, though the config has one: it did not start again after a lease had moved. */
  let appFailure: unknown
  const start = async (): Promise<void> => {
    if (backlot.app === undefined) return
    try {
      app = await startApp(async () => adaptApp(await backlot.app?.(handles)))
      appFailure = undefined
    } catch (error) {
      appFailure = error
      throw error
    }
  }
  try {
    await start()
  } catch (error) {
    guard.end()
    throw error
  }

  const offEnding = connection.onSessionsEnding(async () => guard.raise())

  async function follow(reports: readonly RewindReport[]): Promise<boolean> {
    const moved = reports.some(({ info }) => info !== undefined)
    if (!moved) return false
    await app?.close()
    app = undefined
    await Promise.all(
      parts.map(async ({ open }, index) => {
        const info = reports[index]?.info
        if (info !== undefined) await open.moved(info)
      }),
    )
    await start()
    return backlot.app !== undefined
  }

  async function close(): Promise<void> {
    await app?.close()
    await Promise.allSettled(parts.map(({ open }) => open.close()))
    // Sessions that the app has not ended by now, a pool that is still closing, are ended by the release.
    guard.raise()
    await supervisor.release(leases).catch(() => {})
    offEnding()
    guard.lower()
    guard.end()
    connection.close()
  }

  return {
    services: handles,
    app() {
      if (appFailure !== undefined) throw appFailure
      return app
    },
    async push(label, before) {
      const leaks = await supervisor.push(leases, label, before)
      await Promise.all(parts.map(({ open }) => open.push?.()))
      guard.lower()
      return leaks.flat()
    },
    async pop() {
      const began = performance.now()
      await Promise.all(parts.map(({ open }) => open.pop?.()))
      const reports = await supervisor.pop(leases)
      const restarted = await follow(reports)
      guard.lower()
      return {
        ms: performance.now() - began,
        rows: reports.reduce((sum, { rows }) => sum + rows, 0),
        leaks: reports.flatMap(({ leaks }) => leaks),
        services: Object.fromEntries(reports.map((report, index) => [parts[index]?.name ?? '', report])),
        restarted,
      }
    },
    async keep(label, failed) {
      const kept = await Promise.all(
        parts.map(async ({ name, lease }) => {
          const answer = await supervisor.ask(lease, 'keep', { label, failed })
          if (typeof answer !== 'string') return []
          const open = failed ? openingCommand(backlot.services, name) : undefined
          return [`${name}: ${answer}${open === undefined ? '' : ` (open it: ${open})`}`]
        }),
      )
      return kept.flat()
    },
    inFlight,
    close,
    [Symbol.asyncDispose]: close,
  }
}
