import { join } from 'node:path'
import { cacheDirectory, runDirectory } from '../provision/index.ts'

/** Where a project's supervisor keeps what it needs while it runs. */
export interface ProjectPaths {
  /** Short path, for sockets; gone with the supervisor, but for logs. */
  readonly run: string
  readonly socket: string
  readonly startLock: string
  readonly logs: string
  /** The supervisor's own log. */
  readonly log: string
  /** What to reclaim if the supervisor and its reaper both died. */
  readonly belongings: string
  readonly cache: string
}

/**
 * @param root absolute path of the project
 * @param env the environment, for `BACKLOT_CACHE_DIR` and the XDG folders
 */
export async function projectPaths(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProjectPaths> {
  const run = await runDirectory(root)
  const logs = join(run, 'logs')
  return {
    run,
    socket: join(run, 'supervisor.sock'),
    startLock: join(run, 'start.lock'),
    logs,
    log: join(logs, 'supervisor.log'),
    belongings: join(run, 'belongings.json'),
    cache: await cacheDirectory(env),
  }
}
