import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isBacklotError } from '../errors/index.ts'
import { cacheError } from './disk-errors.ts'
import { withLock } from './lock.ts'

/** Version of the layout of cached things; one of another version is made anew. */
const format = 1
const marker = 'backlot.json'
/** Milliseconds to wait for another process that makes the same thing: a download on a slow line. */
const makeMs = 10 * 60_000

/** A thing that is made once and kept for every project of this machine. */
export interface CachedOptions {
  /** The cache folder. */
  readonly cache: string
  /** Name of the thing, part of a path: `postgres-18.4.0-beta.17-linux-x64`. Different contents need different names. */
  readonly key: string
  /** What it is, for a message: `PostgreSQL 18.4`. */
  readonly what: string
  /** Fills an empty folder beside the final one; what it leaves there becomes the thing. */
  readonly make: (folder: string) => Promise<void>
}

/**
 * A thing of the cache, if it is there and was finished.
 *
 * @returns its folder
 */
export async function findCached(cache: string, key: string): Promise<string | undefined> {
  const folder = join(cache, key)
  try {
    const found: { format?: number } = JSON.parse(await readFile(join(folder, marker), 'utf8'))
    return found.format === format ? folder : undefined
  } catch {
    return undefined
  }
}

/**
 * A thing of the cache, made if it is not there: in a temporary folder, with a numbered marker file written last, then
 * renamed into place, under a lock that other processes respect. A half-made thing is never used and never stays.
 *
 * @throws BACKLOT_CACHE_UNUSABLE, BACKLOT_DISK_FULL, BACKLOT_LOCK_TIMEOUT, and what `make` throws
 */
export async function cached(options: CachedOptions): Promise<string> {
  const { cache, key, what, make } = options
  const found = await findCached(cache, key)
  if (found !== undefined) return found
  const folder = join(cache, key)
  try {
    await mkdir(cache, { recursive: true, mode: 0o755 })
    return await withLock(join(cache, 'locks', key), { deadlineMs: makeMs, waitingFor: what }, async () => {
      const made = await findCached(cache, key)
      if (made !== undefined) return made
      await removeDrafts(cache, key)
      const draft = await mkdtemp(join(cache, `.${key}.`))
      try {
        await chmod(draft, 0o755)
        await make(draft)
        await writeFile(join(draft, marker), JSON.stringify({ format, key }), { mode: 0o644 })
        await rm(folder, { recursive: true, force: true })
        await rename(draft, folder)
      } finally {
        await rm(draft, { recursive: true, force: true })
      }
      return folder
    })
  } catch (error) {
    throw isBacklotError(error) ? error : cacheError(error, cache)
  }
}

/** Under the lock of this key, every draft of it is one that a killed process left. */
async function removeDrafts(cache: string, key: string): Promise<void> {
  const drafts = (await readdir(cache)).filter((name) => name.startsWith(`.${key}.`))
  await Promise.all(drafts.map((name) => rm(join(cache, name), { recursive: true, force: true })))
}
