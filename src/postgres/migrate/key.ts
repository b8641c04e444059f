import { createHash } from 'node:crypto'
import { readInput, readSqlFiles } from './files.ts'
import { functionOf, inputsOf, isCommand, type MigrationSource } from './sources.ts'

/** Rises when Backlot builds baselines in another way. */
const format = 'backlot postgres baseline 1'

/** What goes into a baseline. */
export interface BaselineIngredients {
  readonly projectRoot: string
  readonly version: number
  readonly extensions: readonly string[]
  readonly roles: readonly string[]
  readonly migrate: MigrationSource | undefined
  readonly seed: MigrationSource | undefined
}

/** Parts of one source: names and contents of files, words of a command, text of a function. Every part has its length before it. */
async function partsOf(
  projectRoot: string,
  source: MigrationSource | undefined,
  option: string,
): Promise<readonly (string | Buffer)[]> {
  if (source === undefined) return ['none']
  if (typeof source === 'string') {
    const files = await readSqlFiles(projectRoot, source, option)
    return ['files', ...files.flatMap(({ name, content }) => [name, content])]
  }
  const inputs = await Promise.all(inputsOf(source).map((path) => readInput(projectRoot, path, `inputs of ${option}`)))
  const read = inputs.flat().flatMap(({ name, content }) => [name, content])
  if (!isCommand(source)) return ['function', String(functionOf(source)), ...read]
  const env =
    typeof source.env === 'function' ? String(source.env) : JSON.stringify(Object.entries(source.env ?? {}).toSorted())
  return ['command', JSON.stringify(source.command), env, ...read]
}

/**
 * Key of a baseline: a SHA-256 over all that goes into it and nothing else.
 *
 * @throws BacklotError `BACKLOT_CONFIG_INVALID` for a path that does not exist
 */
export async function baselineKey(ingredients: BaselineIngredients): Promise<string> {
  const { projectRoot, version, extensions, roles, migrate, seed } = ingredients
  const hash = createHash('sha256')
  const parts = [
    format,
    String(version),
    JSON.stringify(roles.length === 0 ? extensions : { extensions, roles }),
    ...(await partsOf(projectRoot, migrate, 'migrate')),
    ...(await partsOf(projectRoot, seed, 'seed')),
  ]
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex')
}
