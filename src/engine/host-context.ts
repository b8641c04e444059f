import { join } from 'node:path'
import type { Belongings, HostContext, Progress } from '../contracts/index.ts'
import { dataDirectory } from '../provision/index.ts'
import type { ProjectPaths } from './paths.ts'

/** What {@link hostContext} is made of. `root` is the absolute path of the project. */
export interface HostContextOptions {
  readonly service: string
  readonly root: string
  readonly paths: ProjectPaths
  readonly progress: Progress
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where belongings are recorded; without one (install, doctor) nothing may be started. */
  readonly reaper?: { adopt(belongings: Belongings): () => void }
}

/** What the server side of a service is given: paths and environment come from here alone. */
export function hostContext(options: HostContextOptions): HostContext {
  const { service, root, paths, progress, env, reaper } = options
  return {
    name: service,
    projectRoot: root,
    env,
    directories: {
      cache: paths.cache,
      run: paths.run,
      data: dataDirectory(paths.run),
      logs: paths.logs,
    },
    progress,
    adopt: (belongings) => reaper?.adopt(belongings) ?? (() => {}),
  }
}

/** Log files of services are named after them. */
export function serviceLog(paths: ProjectPaths, service: string): string {
  return join(paths.logs, `${service}.log`)
}
