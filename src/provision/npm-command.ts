import { accessSync, constants, existsSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** Settings that `npm run` hands down and that would aim a nested npm at the project around it. */
const aimed =
  /^npm_config_(local_prefix|prefix|global_prefix|global|location|workspaces?|include_workspace_root|dry_run|package_lock|package_lock_only|omit|include|production|only|ignore_scripts)$/i

/**
 * The user's own npm: the one that runs us, else the first on PATH.
 *
 * @param node path of the Node.js that runs npm's script
 * @returns program and first arguments, for a call without a shell; undefined when there is none
 */
export function npmCommand(env: Environment, node: string): readonly [string, ...string[]] | undefined {
  const script = env.npm_execpath
  if (script !== undefined && /^npm(-cli)?\.[cm]?js$/.test(basename(script)) && existsSync(script))
    return [node, script]
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (!folder.startsWith('/')) continue
    const candidate = join(folder, 'npm')
    try {
      accessSync(candidate, constants.X_OK)
      return [candidate]
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** The environment for a nested npm: registry, proxy, certificates and credentials as they are, nothing that aims it elsewhere. */
export function npmEnvironment(env: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !aimed.test(name)))
}
