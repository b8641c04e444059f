import { createHash } from 'node:crypto'
import { existsSync, realpathSync, statfsSync, statSync } from 'node:fs'
import { homedir, platform, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { serverUser } from '../process/index.ts'
import { secureDirectory } from './secure-directory.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Bytes that a tmpfs must have free to be trusted with a server's data. */
const roomOnTmpfs = 512 * 1024 * 1024
/** `f_type` of tmpfs, see statfs(2). */
const tmpfs = 0x01021994
/** Longest temporary folder whose sockets still fit: sun_path has 104 bytes on macOS, our part takes about 45. */
const longestTmpdir = 55

/** Whether an account without rights of its own could pass through every folder down to this one, as far as they exist. */
export function traversable(path: string): boolean {
  for (let at = resolve(path); at !== dirname(at); at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false
  }
  return true
}

/**
 * The folder for binaries, shared by all projects of the user: `BACKLOT_CACHE_DIR`, else `XDG_CACHE_HOME/backlot`, else
 * `~/.cache/backlot` (`~/Library/Caches/backlot` on macOS). When we are root and servers run as somebody else who could
 * not reach that, `/var/cache/backlot`. It need not exist yet.
 */
export async function cacheDirectory(env: Environment): Promise<string> {
  if (env.BACKLOT_CACHE_DIR !== undefined && env.BACKLOT_CACHE_DIR !== '') return resolve(env.BACKLOT_CACHE_DIR)
  const home = env.HOME === undefined || env.HOME === '' ? homedir() : env.HOME
  const xdg = env.XDG_CACHE_HOME
  const ofSystem = platform() === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache')
  // The XDG specification calls relative paths invalid.
  const usual = join(xdg?.startsWith('/') ? xdg : ofSystem, 'backlot')
  return serverUser(env) !== undefined && !traversable(usual) ? '/var/cache/backlot' : usual
}

/**
 * Makes the folder for sockets, pid files and logs of one project: a short path below the system's temporary folder, ours
 * alone.
 *
 * @param projectRoot absolute path; part of the folder's name as a hash
 * @throws BACKLOT_CACHE_UNUSABLE when somebody else put something there
 */
export async function runDirectory(projectRoot: string): Promise<string> {
  const temporary = realpathSync(tmpdir())
  const base = temporary.length > longestTmpdir ? '/tmp' : temporary
  const root = existsSync(projectRoot) ? realpathSync(projectRoot) : resolve(projectRoot)
  const project = createHash('sha256').update(root).digest('hex').slice(0, 10)
  const ours = secureDirectory(join(base, `backlot-${process.getuid?.() ?? 'user'}`))
  return secureDirectory(join(ours, project))
}

/**
 * The folder for data of throw-away servers: on the tmpfs at /dev/shm where there is one with 512 MB of room, else
 * below the run directory.
 *
 * @param run what `runDirectory` returned
 */
export function dataDirectory(run: string): string {
  try {
    const { type, bavail, bsize } = statfsSync('/dev/shm')
    if (type === tmpfs && bavail * bsize >= roomOnTmpfs) {
      return secureDirectory(join(secureDirectory(join('/dev/shm', basename(dirname(run)))), basename(run)))
    }
  } catch {
    // No /dev/shm, as on macOS, or nothing that we may write.
  }
  return secureDirectory(join(run, 'data'))
}

/**
 * The folder for data that must survive a power cut (`durable: true`): never on a tmpfs.
 *
 * @param directories of the host context
 */
export function durableDirectory(directories: { readonly run: string; readonly cache: string }): string {
  return statfsSync(directories.run).type === tmpfs ? directories.cache : directories.run
}
