import { posix } from 'node:path'
import { BacklotError, nearest } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { type InputFile, leadsBack, readInput, readSqlFiles } from '../migrate/files.ts'
import type { Script } from '../migrate/run-files.ts'
import { isCommand, type MigrationSource } from '../migrate/sources.ts'
import { downwards, upwards } from '../migrate/transactional.ts'

/** One migration, for services whose `migrate` is no folder of SQL: see {@link MigrationsOptions}. */
export interface MigrationStep {
  /** What the walk calls it: `003_skills`. */
  readonly name: string
  /** What it does: a SQL file, a command or a function. */
  readonly up: MigrationSource
  /** What leads back. */
  readonly down?: MigrationSource
}

/** What is run to go one way: scripts, or what a user gave. */
export type Way = { readonly scripts: readonly Script[] } | { readonly source: Exclude<MigrationSource, string> }

/** A migration with all that it runs. */
export interface Step {
  readonly name: string
  readonly up: Way
  readonly down: Way | undefined
}

function usage(summary: string, hint: string): BacklotError {
  return new BacklotError('BACKLOT_USAGE', summary, { hint })
}

/** `001_users.up.sql`, `001_users/up.sql`, `001_users/migration.sql` and `001_users.sql` are `001_users`. */
function nameOf(file: string, folder: string): string {
  const relative = file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : posix.basename(file)
  return relative.replace(/\.sql$/i, '').replace(/([./_-]up|\/migration)$/i, '')
}

/** The file that leads back from one: `x.down.sql`, or `down.sql` in its folder. */
function backFrom(file: string, all: readonly InputFile[]): InputFile | undefined {
  const names = [
    file.replace(/(^|[./_-])up\.sql$/i, '$1down.sql'),
    file.replace(/\.sql$/i, '.down.sql'),
    ...(/(^|\/)(migration|up)\.sql$/i.test(file) ? [posix.join(posix.dirname(file), 'down.sql')] : []),
  ]
  return all.find(({ name }) => name !== file && names.includes(name))
}

function scriptsOf(file: string, content: string | undefined): Way | undefined {
  return content === undefined ? undefined : { scripts: [{ file, content }] }
}

async function stepsOfFolder(projectRoot: string, folder: string): Promise<readonly Step[]> {
  const ups = await readSqlFiles(projectRoot, folder, 'migrate')
  const all = await readInput(projectRoot, folder, 'migrate')
  const downs = all.filter(({ name }) => leadsBack(name))
  const base = posix.normalize(folder.replaceAll('\\', '/')).replace(/\/$/, '')
  return ups.map(({ name, content }): Step => {
    const text = content.toString('utf8')
    const back = backFrom(name, downs)
    return {
      name: nameOf(name, base),
      up: { scripts: [{ file: name, content: upwards(text) }] },
      down: back === undefined ? scriptsOf(name, downwards(text)) : scriptsOf(back.name, back.content.toString('utf8')),
    }
  })
}

async function wayOf(projectRoot: string, source: MigrationSource, option: string): Promise<Way> {
  if (typeof source !== 'string') return { source }
  const files = await readSqlFiles(projectRoot, source, option)
  return { scripts: files.map(({ name, content }) => ({ file: name, content: upwards(content.toString('utf8')) })) }
}

async function backOf(projectRoot: string, source: MigrationSource, option: string): Promise<Way> {
  if (typeof source !== 'string') return { source }
  const files = await readInput(projectRoot, source, option)
  return { scripts: files.map(({ name, content }) => ({ file: name, content: content.toString('utf8') })) }
}

function checkGiven(steps: readonly MigrationStep[]): void {
  const names = new Set<string>()
  for (const { name, up } of steps) {
    if (typeof name !== 'string' || name === '' || up === undefined) {
      throw usage('a step of migrations needs a name and what it does', "for example { name: '001', up: '001.sql' }")
    }
    if (names.has(name)) throw usage(`two steps of migrations are called ${name}`, 'give each step a name of its own')
    names.add(name)
  }
}

/**
 * The migrations of a service, one by one, in order.
 *
 * @param migrate the service's option
 * @param given steps that stand in its place
 * @throws BacklotError `BACKLOT_USAGE` where nobody says what the steps are, `BACKLOT_CONFIG_INVALID` for files that are not there
 */
export async function readSteps(
  projectRoot: string,
  migrate: MigrationSource | undefined,
  given: readonly MigrationStep[] | undefined,
): Promise<readonly Step[]> {
  if (given !== undefined) {
    checkGiven(given)
    return Promise.all(
      given.map(async ({ name, up, down }) => ({
        name,
        up: await wayOf(projectRoot, up, `up of ${name}`),
        down: down === undefined ? undefined : await backOf(projectRoot, down, `down of ${name}`),
      })),
    )
  }
  if (typeof migrate === 'string') return stepsOfFolder(projectRoot, migrate)
  const what =
    migrate === undefined ? 'has no migrations' : `migrates by a ${isCommand(migrate) ? 'command' : 'function'}`
  throw usage(
    `migrations(db) cannot tell the steps: the service ${what}`,
    "name them: migrations(db, { steps: [{ name: '001_users', up: ({ sql }) => ..., down: ({ sql }) => ... }] })",
  )
}

/**
 * The place of a step: its name, or how its name alone begins (`003`).
 *
 * @throws BacklotError `BACKLOT_USAGE` with the nearest name
 */
export function placeOfStep(steps: readonly Pick<Step, 'name'>[], written: string): number {
  const names = steps.map(({ name }) => name)
  const exact = names.indexOf(written)
  if (exact >= 0) return exact
  const beginning = names.filter((name) => written !== '' && name.startsWith(written))
  if (beginning.length === 1) return names.indexOf(beginning[0] ?? '')
  if (beginning.length > 1) {
    throw usage(`several migrations begin with ${written}`, `write which: ${beginning.join(', ')}`)
  }
  const near = nearest(written, names)
  throw usage(
    `there is no migration ${typeof written === 'string' ? written : display(written)}`,
    near === undefined ? `the migrations are: ${names.join(', ')}` : `did you mean ${near}?`,
  )
}
