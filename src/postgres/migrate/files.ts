import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { BacklotError } from '../../errors/index.ts'
import { naturalOrder } from './order.ts'

/** A file that goes into a baseline. */
export interface InputFile {
  /** Relative to the project, with `/`. */
  readonly name: string
  readonly path: string
  readonly content: Buffer
}

/** Never an input, even inside a folder that is one. */
const skipped = new Set(['node_modules', '.git'])

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true })
  const lists = await Promise.all(
    entries.map((entry) => {
      if (skipped.has(entry.name)) return []
      return entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]
    }),
  )
  return lists.flat()
}

/**
 * Reads a file, or all files of a folder, in natural order of their names.
 *
 * @param option what the user calls it: `migrate`, `inputs of migrate`
 * @throws BacklotError `BACKLOT_CONFIG_INVALID` naming the absolute path if there is nothing
 */
export async function readInput(projectRoot: string, written: string, option: string): Promise<readonly InputFile[]> {
  const path = resolve(projectRoot, written)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) {
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `${option} names a path that does not exist: ${path}`, {
      hint: `create it, or write another path: paths are relative to the config's folder, ${projectRoot}`,
    })
  }
  const paths = found.isDirectory() ? await filesBelow(path) : [path]
  const files = await Promise.all(
    paths.map(async (file): Promise<InputFile> => {
      const name = relative(projectRoot, file).split(sep).join('/')
      return { name, path: file, content: await readFile(file) }
    }),
  )
  return files.toSorted((a, b) => naturalOrder(a.name, b.name))
}

/** `x.down.sql` beside `x.up.sql`, and `down.sql` beside `up.sql`, lead back: they are not run. */
export function leadsBack(name: string): boolean {
  return /(^|[./_-])down\.sql$/i.test(name)
}

/**
 * The SQL files of a folder (its sub-folders too), or the one file named, in the order in which they run.
 *
 * @throws BacklotError `BACKLOT_CONFIG_INVALID` if there are none
 */
export async function readSqlFiles(
  projectRoot: string,
  written: string,
  option: string,
): Promise<readonly InputFile[]> {
  const files = await readInput(projectRoot, written, option)
  const chosen = files.filter(({ name }) => /\.sql$/i.test(name) && !leadsBack(name))
  if (chosen.length > 0) return chosen
  throw new BacklotError('BACKLOT_CONFIG_INVALID', `${option} has no SQL files: ${resolve(projectRoot, written)}`, {
    hint: 'put files there such as 001_users.sql (or 001_users.up.sql); they run in natural order of their names',
  })
}
