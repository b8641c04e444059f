import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/lib/root.ts'
import { runQuietly } from '../../scripts/lib/run.ts'

const plant = join(root, 'systems', 'plant')
/** Inside of Plant's folder, so that packages are found from it. */
const copy = join(plant, '.bench')
const parts = ['backlot.config.ts', 'migrations', 'package.json', 'src', 'tests', 'vitest.config.ts']

/** Plant's suite, run as it is or under another isolation. */
export interface PlantSuite {
  /** Runs the 78 tests; resolves to the milliseconds of the whole command. */
  run(env?: Readonly<Record<string, string>>): Promise<number>
  down(env?: Readonly<Record<string, string>>): Promise<void>
  remove(): void
}

async function must(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  const { code, output } = await runQuietly(command, args, { cwd, env })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)
  return output
}

/** @param isolation written into the copy's config; undefined leaves the config as it is */
export function plantSuite(isolation: 'clone' | undefined): PlantSuite {
  rmSync(copy, { recursive: true, force: true })
  for (const part of parts) cpSync(join(plant, part), join(copy, part), { recursive: true })
  if (isolation !== undefined) {
    const config = join(copy, 'backlot.config.ts')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replace('defineBacklot({', `defineBacklot({ isolation: '${isolation}',`))
  }
  return {
    async run(env = {}) {
      const began = performance.now()
      const output = await must('vitest', ['run', '--project', 'integration', 'tests/integration'], copy, {
        ...env,
        NO_COLOR: '1',
      })
      if (!/\b78 passed/.test(output)) throw new Error(`not 78 tests:\n${output}`)
      return performance.now() - began
    },
    async down(env = {}) {
      await must('node', [join(root, 'dist', 'cli', 'main.js'), 'down'], copy, env)
    },
    remove: () => rmSync(copy, { recursive: true, force: true }),
  }
}
