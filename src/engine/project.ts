import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BacklotError, isBacklotError } from '../errors/index.ts'
import type { Backlot } from './define.ts'

/** A config that was found and loaded. */
export interface Project {
  readonly root: string
  readonly configFile: string
  readonly backlot: Backlot
  readonly services: Backlot['services']
}

const names = ['backlot.config.ts', 'backlot.config.mts', 'backlot.config.js', 'backlot.config.mjs']

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

/**
 * Path of a project's config, from a folder upwards, without loading it.
 *
 * @throws BacklotError `BACKLOT_CONFIG_NOT_FOUND`
 */
export async function findConfig(cwd: string): Promise<string> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    for (const name of names) {
      if (await isFile(join(folder, name))) return join(folder, name)
    }
    if (folder === dirname(folder)) break
  }
  throw new BacklotError('BACKLOT_CONFIG_NOT_FOUND', `no backlot.config.ts in ${resolve(cwd)} or above`, {
    hint: 'create one: export default defineBacklot({ services: { db: postgres() } }), or give --config <file>',
  })
}

function isBacklot(value: unknown): value is Backlot {
  return typeof value === 'object' && value !== null && 'services' in value && 'root' in value
}

/**
 * Finds and loads the config of a project, from a folder upwards.
 *
 * @param options.config path of the config file, if it is not to be searched for
 * @throws BacklotError `BACKLOT_CONFIG_NOT_FOUND`, or `BACKLOT_CONFIG_INVALID` when the file cannot be loaded or exports no config
 */
export async function loadProject(options: { readonly cwd: string; readonly config?: string }): Promise<Project> {
  const configFile = options.config === undefined ? await findConfig(options.cwd) : resolve(options.cwd, options.config)
  if (!(await isFile(configFile))) {
    throw new BacklotError('BACKLOT_CONFIG_NOT_FOUND', `there is no file ${configFile}`, {
      hint: 'check the path given with --config',
    })
  }
  const module = await importConfig(configFile)
  if (!isBacklot(module.default)) {
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `${configFile} has no config as its default export`, {
      hint: 'write: export default defineBacklot({ services: { ... } })',
    })
  }
  return { root: module.default.root, configFile, backlot: module.default, services: module.default.services }
}

async function importConfig(configFile: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(configFile).href)
  } catch (error) {
    if (isBacklotError(error)) throw error
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    const unsupported = error instanceof Error && 'code' in error && error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `${configFile} could not be loaded: ${reason}`, {
      hint: unsupported
        ? 'Node strips types only: load such code lazily, app: async (services) => (await import("./app.ts")).build(services), or set NODE_OPTIONS="--import tsx"'
        : 'import the file with node to see the whole error',
      cause: error,
      ...(error instanceof Error && error.stack !== undefined && { details: error.stack }),
    })
  }
}
