import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import type { HostContext } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { ServerUser } from '../../process/index.ts'
import { cached, runCommand, traversable } from '../../provision/index.ts'

/** Milliseconds for initdb, which takes half a second, and for a copy. */
const deadlineMs = 60_000
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** A database cluster, made once and copied for every server. */
export interface Cluster {
  /** The data directory. */
  readonly data: string
  /** Password of the superuser `postgres` in it: every copy is given one of its own. */
  readonly password: string
}

/**
 * Arguments of initdb. Names sort by code point and letters of every script have cases, on every machine alike: the
 * built-in provider from 17 on; before, the system's C.UTF-8 for letters.
 */
function initdbArguments(major: number): readonly string[] {
  const letters = platform() === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  const locale =
    major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale-provider=libc', '--locale=C', `--lc-ctype=${letters}`]
  return [
    ...['--username=postgres', '--encoding=UTF8', ...locale, '--auth=scram-sha-256'],
    // Small files: a data directory of 31 MB instead of 46, most of it in memory.
    ...['--wal-segsize=1', '--no-sync', '--no-instructions'],
  ]
}

/** Gives a file to the account that the server runs as. */
async function give(path: string, user: ServerUser | undefined): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid)
}

/**
 * The cluster for these binaries, from the cache or by initdb.
 *
 * @param native folder with `bin`
 * @param key name of the binaries in the cache
 * @throws BACKLOT_SERVER_START_FAILED with what initdb said, BACKLOT_CACHE_UNUSABLE when the server's account cannot reach
 * it, and the errors of `cached`
 */
export async function obtainCluster(
  native: string,
  key: string,
  major: number,
  user: ServerUser | undefined,
  context: HostContext,
): Promise<Cluster> {
  if (user !== undefined && !traversable(native)) throw unreachable(user, context.directories.cache)
  const args = initdbArguments(major)
  const made = createHash('sha256')
    .update(JSON.stringify([args, user?.uid ?? process.getuid?.()]))
    .digest('hex')
    .slice(0, 12)
  const folder = await cached({
    cache: context.directories.cache,
    key: `${key}-cluster-${made}`,
    what: `a database cluster of PostgreSQL ${major}`,
    make: async (draft) => {
      const [data, password] = [join(draft, 'data'), join(draft, 'password')]
      await mkdir(data, { mode: 0o700 })
      await writeFile(password, randomBytes(24).toString('hex'), { mode: 0o600 })
      await give(data, user)
      await give(password, user)
      const result = await runCommand({
        command: join(native, 'bin', 'initdb'),
        args: [...args, `--pgdata=${data}`, `--pwfile=${password}`],
        env: environment,
        cwd: '/',
        deadlineMs,
        ...(user === undefined ? {} : { user }),
      })
      if (result.code !== 0) throw initdbFailure(native, result.stderr || result.stdout)
    },
  })
  return { data: join(folder, 'data'), password: await readFile(join(folder, 'password'), 'utf8') }
}

function unreachable(user: ServerUser, cache: string): BacklotError {
  return new BacklotError(
    'BACKLOT_CACHE_UNUSABLE',
    `PostgreSQL refuses to run as root, and ${user.name} cannot reach the cache folder ${cache}`,
    { hint: `open the folders on the way (chmod o+x), or unset BACKLOT_CACHE_DIR to use /var/cache/backlot` },
  )
}

function initdbFailure(native: string, said: string): BacklotError {
  const details = said.trim().split('\n').slice(-10).join('\n')
  if (/no space left/i.test(said)) {
    return new BacklotError('BACKLOT_DISK_FULL', 'no room left for a database cluster', {
      hint: 'make room, or set BACKLOT_CACHE_DIR to a folder on another disk',
      details,
    })
  }
  return new BacklotError('BACKLOT_SERVER_START_FAILED', 'initdb could not make a database cluster', {
    hint: `run ${join(native, 'bin', 'initdb')} --version to see whether the binaries work here`,
    details,
  })
}

/**
 * Copies a cluster, sharing blocks where the file system can.
 *
 * @param data the new data directory; its parent exists
 */
export async function copyCluster(cluster: Cluster, data: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(data, { mode: 0o700 })
  await chmod(data, 0o700)
  await give(data, user)
  // `-c` of macOS clones with clonefile(2).
  const flags = platform() === 'darwin' ? ['-cpR'] : ['-a', '--reflink=auto']
  const result = await runCommand({
    command: 'cp',
    args: [...flags, `${cluster.data}/.`, data],
    env: environment,
    cwd: '/',
    deadlineMs,
    ...(user === undefined ? {} : { user }),
  })
  if (result.code === 0) return
  await rm(data, { recursive: true, force: true })
  const full = /no space left|quota exceeded/i.test(result.stderr)
  const code = full ? 'BACKLOT_DISK_FULL' : 'BACKLOT_SERVER_START_FAILED'
  throw new BacklotError(code, `the data directory ${data} could not be made`, {
    hint: full ? `make room there: df -h ${data}` : 'check the rights on that folder',
    details: result.stderr.trim().split('\n').slice(-3).join('\n'),
  })
}
