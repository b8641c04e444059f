import type { Pool, PoolClient } from 'pg'

/** A client of the pool, and what is known of it. */
export interface Tracked {
  readonly client: PoolClient
  readonly pid: number
  /** How often it was checked out since the pool is watched. */
  readonly times: number
  readonly queries: number
  /** The last statement that it was given. */
  readonly query: string | undefined
  /** Set while it is checked out. */
  readonly out: { readonly since: number; readonly askedAt: readonly string[] } | undefined
}

type Notes = { -readonly [Key in keyof Tracked]: Tracked[Key] }

/** What instruments on a pool tell. */
export interface Instruments {
  tracked(): readonly Tracked[]
  readonly waits: () => { readonly done: readonly number[]; readonly under: readonly number[] }
  readonly subscribe: (listener: () => void) => () => void
  /** Takes them off again. */
  stop(): void
}

/** Not `error`: a listener for it would keep a process alive that dies of it in production. `remove` follows it. */
const events = ['connect', 'acquire', 'release', 'remove'] as const

/** Lines of a stack that say where the app asked: its own where it has any there, else those of the libraries that it uses. */
function callers(stack: string | undefined): readonly string[] {
  const lines = (stack ?? '').split('\n').slice(1)
  const others = lines.filter((line) => !/\(node:|at node:|pool[\\/]instrument\.[jt]s/.test(line))
  const ofApp = others.filter((line) => !/[\\/]node_modules[\\/]/.test(line))
  return (ofApp.length > 0 ? ofApp : others).slice(0, 5).map((line) => line.trim().replace(/^at /, ''))
}

/** Puts a method of our own on an object. Returns what puts back what was there. */
function replace(
  target: object,
  name: string,
  make: (original: (...args: unknown[]) => unknown) => unknown,
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function') return () => {}
  const replacement = make((...args) => Reflect.apply(original, target, args))
  Object.defineProperty(target, name, { value: replacement, configurable: true, writable: true, enumerable: false })
  return () => {
    // Somebody has put another one on top meanwhile: taking ours from below would take theirs too.
    if (Reflect.get(target, name) !== replacement) return
    if (before === undefined) Reflect.deleteProperty(target, name)
    else Object.defineProperty(target, name, before)
  }
}

/** Text of a statement in any of the forms that `client.query` takes. */
function textOf(query: unknown): string | undefined {
  if (typeof query === 'string') return query
  const text: unknown = typeof query === 'object' && query !== null ? Reflect.get(query, 'text') : undefined
  return typeof text === 'string' ? text : undefined
}

/** Clients that the pool has had before it was watched: the pool does not tell which, but keeps them in a list. */
function knownClients(pool: Pool): { readonly all: readonly PoolClient[]; readonly idle: ReadonlySet<unknown> } {
  const all: unknown = Reflect.get(pool, '_clients')
  const idle: unknown = Reflect.get(pool, '_idle')
  return {
    all: Array.isArray(all) ? all : [],
    idle: new Set(Array.isArray(idle) ? idle.map((item: unknown) => Reflect.get(Object(item), 'client')) : []),
  }
}

/** Puts instruments on a pool of node-postgres: they take notes and hand everything on. */
export function instrument(pool: Pool): Instruments {
  const clients = new Map<PoolClient, Notes>()
  const listeners = new Set<() => void>()
  const done: number[] = []
  const under = new Set<number>()
  const undo: (() => void)[] = []
  const ring = (): void => {
    for (const listener of listeners) listener()
  }

  function notesOf(client: PoolClient): Notes {
    const known = clients.get(client)
    if (known !== undefined) return known
    const pid: unknown = Reflect.get(client, 'processID')
    const notes: Notes = {
      client,
      pid: typeof pid === 'number' ? pid : 0,
      times: 0,
      queries: 0,
      query: undefined,
      out: undefined,
    }
    clients.set(client, notes)
    undo.push(
      replace(client, 'query', (query) => (...args: unknown[]) => {
        notes.query = textOf(args[0]) ?? notes.query
        notes.queries += 1
        return query(...args)
      }),
    )
    return notes
  }

  function acquired(client: PoolClient): void {
    const notes = notesOf(client)
    notes.times += 1
    notes.out = { since: performance.now(), askedAt: notes.out?.askedAt ?? [] }
  }
  function released(_error: unknown, client: PoolClient): void {
    notesOf(client).out = undefined
  }
  function removed(client: PoolClient): void {
    clients.delete(client)
  }
  pool.on('acquire', acquired)
  pool.on('release', released)
  pool.on('remove', removed)
  for (const event of events) pool.on(event, ring)
  undo.push(() => {
    pool.off('acquire', acquired)
    pool.off('release', released)
    pool.off('remove', removed)
    for (const event of events) pool.off(event, ring)
  })

  undo.push(
    replace(pool, 'connect', (connect) => (callback?: unknown) => {
      const asked = performance.now()
      const askedAt = callers(new Error('asked').stack)
      under.add(asked)
      const given = (client: PoolClient | undefined): void => {
        under.delete(asked)
        done.push(performance.now() - asked)
        const notes = client === undefined ? undefined : clients.get(client)
        if (notes?.out !== undefined) notes.out = { ...notes.out, askedAt }
        ring()
      }
      try {
        if (typeof callback !== 'function') {
          return Promise.resolve(connect()).then(
            (client) => {
              given(client as PoolClient)
              return client
            },
            (error: unknown) => {
              given(undefined)
              throw error
            },
          )
        }
        return connect((error: unknown, client: PoolClient | undefined, release: unknown) => {
          given(client)
          Reflect.apply(callback, undefined, [error, client, release])
        })
      } finally {
        ring()
      }
    }),
  )

  const { all, idle } = knownClients(pool)
  for (const client of all) {
    const notes = notesOf(client)
    if (!idle.has(client)) notes.out = { since: performance.now(), askedAt: ['(before the pool was watched)'] }
  }

  return {
    tracked: () => [...clients.values()],
    waits: () => {
      const now = performance.now()
      return { done: [...done], under: [...under].map((asked) => now - asked) }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop() {
      for (const task of undo.splice(0).reverse()) task()
    },
  }
}
