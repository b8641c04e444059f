import { BacklotError } from '../errors/index.ts'

const full = new Set(['ENOSPC', 'EDQUOT'])
const refused = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG'])

/**
 * What a failed write into the cache means for its owner.
 *
 * @param error as the file system threw it
 * @param cache the cache folder
 * @returns BACKLOT_DISK_FULL, BACKLOT_CACHE_UNUSABLE, or the error itself when it is neither
 */
export function cacheError(error: unknown, cache: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error
  if (full.has(error.code)) {
    return new BacklotError('BACKLOT_DISK_FULL', `no room left for the cache folder ${cache}`, {
      hint: 'make room there, or set BACKLOT_CACHE_DIR to a folder on another disk',
      cause: error,
    })
  }
  if (refused.has(error.code)) {
    return new BacklotError('BACKLOT_CACHE_UNUSABLE', `the cache folder ${cache} cannot be written: ${error.message}`, {
      hint: 'set BACKLOT_CACHE_DIR to a folder that you may write',
      cause: error,
    })
  }
  return error
}
