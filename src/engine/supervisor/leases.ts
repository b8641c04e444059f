import { randomUUID } from 'node:crypto'
import type { Lease } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { ServiceSpec } from '../rpc/protocol.ts'
import type { RunningInstance } from './instances.ts'
import { serial } from './serial.ts'

/** Leases that wait, rewound, for their next worker; more than this many of one kind are ended. */
const mostIdle = 16

/** A lease with its owner and its queue: its calls come one at a time. */
export interface HeldLease {
  readonly id: string
  readonly lease: Lease
  readonly run: <T>(task: () => Promise<T>) => Promise<T>
}

interface Entry extends HeldLease {
  readonly running: RunningInstance
  readonly service: string
  readonly baseline: string
  /** Leases with equal kinds are interchangeable. */
  readonly kind: string
}

/** Who listens to a lease that it owns. */
export interface LeaseOwner {
  commit(lease: string, touched: readonly string[]): void
  sessionsEnding(lease: string): Promise<void>
}

/** Every lease of a supervisor: those that clients hold, and idle ones that wait for the next client of the same baseline. */
export interface Leases {
  acquire(running: RunningInstance, spec: ServiceSpec, owner: LeaseOwner): Promise<HeldLease>
  get(id: string): HeldLease
  /** Rewinds leases to their baseline and keeps them for the next worker. */
  release(ids: readonly string[]): Promise<void>
  /** Forgets the leases of a server that has died. */
  forget(running: RunningInstance): void
  endAll(): Promise<void>
}

/** Starts with none. At most 16 idle leases are kept; one that is given back beyond them ends. */
export function createLeases(): Leases {
  const held = new Map<string, { entry: Entry; unsubscribe: () => void }>()
  let idle: Entry[] = []

  async function end(entry: Entry): Promise<void> {
    await entry.run(() => entry.lease.end()).catch(() => {})
  }

  /** A new baseline makes the idle leases of the old one useless: they hold connections and templates. */
  async function endOutdated(running: RunningInstance, spec: ServiceSpec): Promise<void> {
    const outdated = idle.filter(
      (entry) => entry.running === running && entry.service === spec.name && entry.baseline !== spec.plan.baseline,
    )
    idle = idle.filter((entry) => !outdated.includes(entry))
    await Promise.all(outdated.map(end))
  }

  function hold(entry: Entry, owner: LeaseOwner): HeldLease {
    const offCommit = entry.lease.onCommit((commit) => owner.commit(entry.id, commit.touched))
    const offEnding = entry.lease.onSessionsEnding(() => owner.sessionsEnding(entry.id))
    held.set(entry.id, {
      entry,
      unsubscribe: () => {
        offCommit()
        offEnding()
      },
    })
    return entry
  }

  return {
    async acquire(running, spec, owner) {
      const kind = `${running.key} ${spec.name} ${spec.plan.baseline} ${JSON.stringify(spec.plan.lease)}`
      const at = idle.findIndex((entry) => entry.kind === kind && entry.running === running)
      const waiting = at < 0 ? undefined : idle[at]
      if (waiting !== undefined) {
        idle.splice(at, 1)
        return hold(waiting, owner)
      }
      await endOutdated(running, spec)
      const lease = await running.instance.lease(spec.plan.baseline, spec.plan.lease)
      const { baseline } = spec.plan
      return hold(
        { id: randomUUID(), lease, run: guarded(running), running, service: spec.name, baseline, kind },
        owner,
      )
    },
    get(id) {
      const found = held.get(id)
      if (found === undefined) {
        throw new BacklotError('BACKLOT_SERVER_DIED', 'this lease is gone, with the server that it was on', {
          hint: 'the next test file gets a new one; `backlot logs` shows why the server ended',
        })
      }
      return found.entry
    },
    async release(ids) {
      await Promise.all(
        ids.map(async (id) => {
          const found = held.get(id)
          if (found === undefined) return
          held.delete(id)
          found.unsubscribe()
          const { entry } = found
          const clean = await entry.run(() => entry.lease.recycle()).catch(() => false)
          if (clean && entry.running.death === undefined && idle.length < mostIdle) idle.push(entry)
          else await end(entry)
        }),
      )
    },
    forget(running) {
      idle = idle.filter((entry) => entry.running !== running)
    },
    async endAll() {
      const all = [...idle, ...[...held.values()].map(({ entry }) => entry)]
      idle = []
      held.clear()
      await Promise.all(all.map(end))
    },
  }
}

/** A queue whose tasks fail with the server's own last words once it has died, instead of hanging on it. */
function guarded(running: RunningInstance): <T>(task: () => Promise<T>) => Promise<T> {
  const queue = serial()
  const death = running.instance.died.then((error) => Promise.reject(error))
  death.catch(() => {})
  return (task) =>
    queue(() => {
      if (running.death !== undefined) return Promise.reject(running.death)
      return Promise.race([task(), death])
    })
}
