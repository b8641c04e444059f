import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { BacklotError } from '../errors/index.ts'

/** Mode of a folder that nobody else reads. Root lets others pass through it, towards what a dropped account owns below. */
export function privateMode(uid: number | undefined = process.getuid?.()): number {
  return uid === 0 ? 0o711 : 0o700
}

/**
 * Makes a folder that is ours alone, or makes sure that the one there is: a folder (no symbolic link), owned by us, closed
 * to others. Shared parents such as /tmp let anybody put something there first.
 *
 * @param path its parent must exist
 * @throws BACKLOT_CACHE_UNUSABLE when somebody else owns what is there
 */
export function secureDirectory(path: string): string {
  const mode = privateMode()
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw unusable(path, error)
  }
  const stats: Stats = lstatSync(path)
  if (!stats.isDirectory() || (process.getuid !== undefined && stats.uid !== process.getuid())) {
    throw unusable(path, undefined)
  }
  if ((stats.mode & 0o777) !== mode) chmodSync(path, mode)
  return path
}

function unusable(path: string, cause: unknown): BacklotError {
  const why = cause instanceof Error ? cause.message : 'it belongs to somebody else or is not a folder'
  return new BacklotError('BACKLOT_CACHE_UNUSABLE', `the folder ${path} cannot be used: ${why}`, {
    hint: `remove ${path}, or set TMPDIR to a folder of your own`,
    cause,
  })
}
