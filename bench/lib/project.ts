import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../scripts/lib/root.ts'
import { runQuietly } from '../../scripts/lib/run.ts'

const cwd = join(root, 'bench', 'project')
const installed = join(cwd, 'node_modules', 'backlot')
const cli = join(installed, 'dist', 'cli', 'main.js')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')

type Environment = Readonly<Record<string, string>>

/**
 * Puts the built package into the bench's project as an installation would. A link to the sources is no measure: Vitest
 * would take the package for code of the project and transform each of its files.
 */
export function installBuilt(): void {
  rmSync(installed, { recursive: true, force: true })
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true, preserveTimestamps: true })
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
}

/** Runs `backlot` in the bench's project. */
export async function backlot(args: readonly string[], env: Environment = {}): Promise<void> {
  const { code, output } = await runQuietly('node', [cli, ...args], { cwd, env })
  if (code !== 0) throw new Error(`backlot ${args.join(' ')} ended with ${code}:\n${output}`)
}

async function reported(command: readonly string[], env: Environment): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-bench-'))
  const path = join(folder, 'report.json')
  try {
    const { code, output } = await runQuietly('node', command, { cwd, env: { ...env, BENCH_REPORT: path } })
    if (code !== 0) throw new Error(output)
    return JSON.parse(readFileSync(path, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a test of the bench's project reports, run by `backlot test`. */
export function reportedByBacklot(file: string, env: Environment = {}): Promise<unknown> {
  return reported([cli, 'test', '--', `tests/${file}.ts`], env)
}

/** The same by Vitest alone. */
export function reportedByVitest(): Promise<unknown> {
  return reported([vitest, 'run', '--config', 'vitest.bare.config.ts'], {})
}
