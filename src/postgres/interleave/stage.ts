import { oneLine } from '../activity.ts'
import { inTurn } from '../in-turn.ts'
import type { StepRecord, Waiting } from './record.ts'
import { neverEnded, neverQuiet, runHasEnded } from './refusals.ts'
import { describeForeign, type Watcher } from './watcher.ts'

/** A session as the stage drives it. */
export interface Actor {
  readonly name: string
  /** Connects at the first call. */
  open(): Promise<unknown>
  /** Once it is connected. */
  pid(): number | undefined
}

/** Runs the statements of several sessions in the order in which they are given. */
export interface Stage {
  readonly records: readonly StepRecord[]
  add(actor: Actor): void
  /** Sends a statement when it is its turn, and resolves when it has ended. */
  perform<T>(actor: Actor, record: StepRecord, send: () => Promise<T>): Promise<T>
  /** Whom a step waits for now; undefined if it waits for nobody. */
  waiting(record: StepRecord): Promise<Waiting | undefined>
  /** Resolves when every statement that was given has been sent, and every session is idle or waits for a lock. */
  settle(): Promise<void>
  /** Sends nothing more: what still waits for its turn is refused. */
  close(): Promise<void>
  /** Resolves after a moment, or sooner when a statement ends. */
  moment(): Promise<void>
  /** Sessions with a statement under way. */
  busy(): readonly Actor[]
}

/**
 * Milliseconds between two looks at who waits. Postgres pushes nothing when a backend begins to wait (it writes to its log, after
 * `deadlock_timeout`), so it is asked; the end of a statement is pushed and ends the pause at once.
 */
const pauseMs = 1

/** An empty stage. `timeoutMs`: milliseconds that it waits for everybody to come to rest. */
export function createStage(watcher: Watcher, timeoutMs: number): Stage {
  const actors: Actor[] = []
  const records: StepRecord[] = []
  /** Statements under way, by session, in order. */
  const pending = new Map<string, readonly StepRecord[]>()
  const turns = new Map<string, ReturnType<typeof inTurn>>()
  const order = inTurn()
  let closed = false
  /** How many statements have ended. */
  let endings = 0
  const wakers = new Set<() => void>()

  const nameOf = (pid: number): string | undefined => actors.find((actor) => actor.pid() === pid)?.name
  const underWay = (name: string): readonly StepRecord[] => pending.get(name) ?? []
  const busy = (): readonly Actor[] => actors.filter(({ name }) => underWay(name).length > 0)

  function moment(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(wake, pauseMs)
      function wake(): void {
        clearTimeout(timer)
        wakers.delete(wake)
        resolve()
      }
      wakers.add(wake)
    })
  }

  function ended(record: StepRecord): void {
    endings += 1
    pending.set(
      record.session,
      underWay(record.session).filter((other) => other !== record),
    )
    for (const wake of wakers) wake()
  }

  /** Blocked backends of sessions that are busy; what they wait for is noted down. */
  async function look(): Promise<ReadonlyMap<number, readonly number[]>> {
    const running = busy()
    const pids = running.flatMap((actor) => actor.pid() ?? [])
    if (pids.length === 0) return new Map()
    const found = await watcher.blockers(pids)
    const foreign = [...found.values()].flat().filter((pid) => nameOf(pid) === undefined)
    const known = foreign.length === 0 ? [] : await watcher.activity(foreign)
    for (const actor of running) {
      const [record] = underWay(actor.name)
      for (const pid of found.get(actor.pid() ?? -1) ?? []) {
        const other = known.find((activity) => activity.pid === pid)
        record?.waitedFor.add(nameOf(pid) ?? (other === undefined ? `pid ${pid}` : describeForeign(other)))
      }
    }
    return found
  }

  async function quiet(but?: string): Promise<void> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const before = busy().filter(({ name }) => name !== but)
      if (before.length === 0 || closed) return
      const known = endings
      const blocked = await look()
      // What ended during the look may have freed those that it shows as blocked.
      if (endings !== known) continue
      const working = busy().filter((actor) => actor.name !== but && !blocked.has(actor.pid() ?? -1))
      const [first] = working
      if (first === undefined) return
      if (performance.now() > end) {
        const [record] = underWay(first.name)
        throw neverQuiet(first.name, record?.statement ?? '', timeoutMs)
      }
      await moment()
    }
  }

  async function waiting(record: StepRecord): Promise<Waiting | undefined> {
    const actor = actors.find(({ name }) => name === record.session)
    const pids = (await look()).get(actor?.pid() ?? -1)
    if (pids === undefined || underWay(record.session)[0] !== record) return undefined
    const activity = await watcher.activity(pids)
    const lines = pids.map((pid) => {
      const at = activity.find((one) => one.pid === pid)
      const name = nameOf(pid)
      if (at === undefined) return name ?? (pid === 0 ? 'a prepared transaction' : `pid ${pid}`)
      return name === undefined ? describeForeign(at) : `${name} (${at.state}: ${oneLine(at.query)})`
    })
    return { sessions: pids.flatMap((pid) => nameOf(pid) ?? []), lines }
  }

  function guarded<T>(record: StepRecord, running: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting(record)
          .catch(() => undefined)
          .then((found) => reject(neverEnded(record, found, timeoutMs)), reject)
      }, timeoutMs)
      running.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  return {
    records,
    add(actor) {
      actors.push(actor)
      turns.set(actor.name, inTurn())
    },
    async perform(actor, record, send) {
      records.push(record)
      const begun = await order(async () => {
        if (closed) throw runHasEnded()
        await actor.open()
        await quiet()
        const behind = underWay(actor.name).length > 0
        pending.set(actor.name, [...underWay(actor.name), record])
        const turn = turns.get(actor.name) ?? inTurn()
        const running = turn(async () => {
          // It was queued behind a statement that waited: what that one's end set free comes first.
          if (behind) await quiet(actor.name)
          if (closed) throw runHasEnded()
          record.state = 'running'
          return send()
        })
        running.then(
          () => ended(record),
          () => ended(record),
        )
        // In an array, or the order would wait until it has ended.
        return [guarded(record, running)] as const
      })
      return begun[0]
    },
    waiting,
    async settle() {
      await order(async () => {})
      await quiet()
    },
    async close() {
      closed = true
      await order(async () => {})
    },
    moment,
    busy,
  }
}
