import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BacklotError } from '../errors/index.ts'
import { identify, isAlive, type ProcessIdentity } from '../process/index.ts'

/** How long to wait for a lock, and what the wait is called. */
export interface LockOptions {
  /** Milliseconds to wait for another holder. Default: 60000. */
  readonly deadlineMs?: number
  /** What is waited for, as a phrase for the message: `the download of PostgreSQL 18.4`. */
  readonly waitingFor: string
}

/** Contents of a lock file. It never changes from released to held, nor does a dead holder come back. */
type Holder = { readonly released: true } | ({ readonly host: string } & ProcessIdentity)

const lookAgainMs = 20

function held(holder: Holder): boolean {
  return !('released' in holder) && holder.host === hostname() && isAlive(holder)
}

/** The numbers of the lock files there are, highest last. */
async function numbers(lock: string): Promise<readonly number[]> {
  const start = `${basename(lock)}.`
  const names = await readdir(dirname(lock))
  return names
    .filter((name) => name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)))
    .sort((a, b) => a - b)
}

/** @returns undefined when a later holder has removed the file meanwhile */
async function read(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** One attempt. @returns the file that is ours now, or who holds the lock, or undefined to look again at once */
async function attempt(lock: string, draft: string): Promise<string | Holder | undefined> {
  const before = await numbers(lock)
  const highest = before.at(-1) ?? 0
  if (highest > 0) {
    const holder = await read(`${lock}.${highest}`)
    if (holder === undefined) return undefined
    if (held(holder)) return holder
  }
  const mine = `${lock}.${highest + 1}`
  try {
    await link(draft, mine)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined
    throw error
  }
  // A higher number means that what was read above was out of date: the highest file is never removed.
  const after = await numbers(lock)
  if (after.at(-1) !== highest + 1) {
    await rm(mine, { force: true })
    return undefined
  }
  await Promise.all(before.map((number) => rm(`${lock}.${number}`, { force: true })))
  return mine
}

/**
 * Runs a task while no other process does under the same lock. Each holder makes a file with the next number, by link(2)
 * which never replaces; the highest number rules. A holder that has died (pid and start time) is succeeded at once, and of
 * several who try exactly one makes the next number. Not reentrant. Holders on other hosts that share the folder are not
 * seen: guard only what is put in place atomically.
 *
 * @param lock path of the lock; files named `<lock>.<number>` appear beside it
 * @throws BACKLOT_LOCK_TIMEOUT naming the holder
 */
export async function withLock<T>(lock: string, options: LockOptions, task: () => Promise<T>): Promise<T> {
  const { deadlineMs = 60_000, waitingFor } = options
  const self = identify(process.pid)
  if (self === undefined) throw new Error('this process cannot identify itself')
  await mkdir(dirname(lock), { recursive: true })
  const draft = join(dirname(lock), `.${basename(lock)}.${randomUUID()}`)
  await writeFile(draft, JSON.stringify({ host: hostname(), ...self }), { mode: 0o600 })
  let mine: string | undefined
  try {
    const until = performance.now() + deadlineMs
    while (mine === undefined) {
      const answer = await attempt(lock, draft)
      if (typeof answer === 'string') mine = answer
      else if (performance.now() > until) {
        const who = answer !== undefined && 'pid' in answer ? `process ${answer.pid}` : 'another process'
        throw new BacklotError('BACKLOT_LOCK_TIMEOUT', `${who} held the lock on ${waitingFor} for ${deadlineMs} ms`, {
          hint: `wait for it, or end ${who} if it hangs, and run again`,
        })
      } else if (answer !== undefined) await delay(lookAgainMs)
    }
    return await task()
  } finally {
    if (mine !== undefined) {
      const released = `${draft}.released`
      await writeFile(released, JSON.stringify({ released: true }))
      await rename(released, mine)
    }
    await rm(draft, { force: true })
  }
}
