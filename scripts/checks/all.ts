import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/root.ts'
import { runQuietly } from '../lib/run.ts'
import { checkComments } from './comments.ts'
import { checkDocs } from './docs.ts'
import { checkExports } from './exports.ts'
import { checkPackage } from './package.ts'
import { checkRooms } from './rooms.ts'
import { checkSystems } from './systems.ts'

export interface Check {
  readonly name: string
  /** Resolves to what is wrong, one entry each. */
  run(): Promise<readonly string[]>
}

const command = (name: string, program: string, ...args: string[]): Check => ({
  name,
  run: async () => {
    const { code, output } = await runQuietly(program, args, { env: { NO_COLOR: '1' } })
    return code === 0 ? [] : [output.trim() || `${program} ended with ${code}`]
  },
})

const own = (name: string, run: () => readonly string[] | Promise<readonly string[]>): Check => ({
  name,
  run: async () => {
    try {
      return await run()
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)]
    }
  },
})

/** Every static check of the repository, in the order in which they run. */
export function allChecks(): readonly Check[] {
  const systems = readdirSync(join(root, 'systems'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [
    command('types of the package', 'tsc', '--project', 'tsconfig.json'),
    command('types of tests, bench and scripts', 'tsc', '--noEmit', '--project', 'tsconfig.tests.json'),
    ...systems.map(({ name }) =>
      command(`types of systems/${name}`, 'tsc', '--noEmit', '--project', `systems/${name}/tsconfig.json`),
    ),
    command('types of docs/example', 'tsc', '--noEmit', '--project', 'docs/example/tsconfig.json'),
    command('format and lint', 'biome', 'ci', '--colors=off', '--error-on-warnings'),
    own('rooms and cycles', () => checkRooms(join(root, 'src'))),
    own('systems use the package as users do', () => checkSystems(join(root, 'systems'))),
    own('every export says what it is for', () => checkComments(join(root, 'src'))),
    own('public names are pinned', () => checkExports(root)),
    command('nothing unused or undeclared (knip)', 'knip', '--no-progress', '--treat-config-hints-as-errors'),
    own('links and snippets of the docs', () => checkDocs(root)),
    own('packed tarball (publint, attw)', checkPackage),
  ]
}
