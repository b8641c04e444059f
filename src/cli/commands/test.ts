import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BacklotError } from '../../errors/index.ts'
import type { Invocation } from '../command-spec.ts'
import { openProject } from '../project.ts'
import { runChild } from '../run-child.ts'

/** Node's own default place: Vitest, its workers and Backlot in them start faster when their code is compiled already. */
const compileCache = join(tmpdir(), 'node-compile-cache')

/** The script behind the project's own `vitest` command. */
async function vitestScript(root: string): Promise<string> {
  const require = createRequire(join(root, 'package.json'))
  try {
    const manifest = require.resolve('vitest/package.json')
    const { bin }: { bin: string | Record<string, string> } = JSON.parse(await readFile(manifest, 'utf8'))
    return join(dirname(manifest), typeof bin === 'string' ? bin : (bin.vitest ?? 'vitest.mjs'))
  } catch (error) {
    throw new BacklotError('BACKLOT_DRIVER_MISSING', `backlot test needs the package vitest in ${root}`, {
      hint: 'npm install -D vitest',
      cause: error,
    })
  }
}

/** Once, unless watching was asked for. */
function vitestArgs(args: readonly string[]): string[] {
  const watching = args.some((arg) => arg === '-w' || arg === '--watch' || arg === '--watch=true')
  return watching ? [...args] : ['run', ...args]
}

function keepEnvironment(options: Invocation['options']): Record<string, string> {
  if (options.keep === true) return { BACKLOT_KEEP: 'always' }
  return options.keepOnFailure === true ? { BACKLOT_KEEP: 'failure' } : {}
}

/**
 * Starts what is not up. Services that are warm are left to the run itself, which connects to them at once; then not even the
 * config is loaded here.
 */
async function bringUp(invocation: Invocation): Promise<string> {
  // Not by the room's index, which brings the app's side along: a warm run waits for nothing else here.
  const [{ status, warmUp }, { findConfig }] = await Promise.all([
    import('../../engine/commands.ts'),
    import('../../engine/project.ts'),
  ])
  const { terminal, progress, options } = invocation
  const commandOptions = { env: terminal.env, progress }
  if (typeof options.config !== 'string') {
    const root = dirname(await findConfig(terminal.cwd))
    const running = await status({ root }, commandOptions)
    if (running !== undefined && running.services.length > 0) return root
  }
  const { project } = await openProject(invocation)
  await warmUp(project, commandOptions)
  return project.root
}

/** `backlot test`: everything up, then the project's Vitest with the same node. */
export async function test(invocation: Invocation): Promise<number> {
  const { terminal, options, rest } = invocation
  const root = await bringUp(invocation)
  const script = await vitestScript(root)
  invocation.done()
  return runChild([process.execPath, script, ...vitestArgs(rest)], {
    cwd: root,
    env: { NODE_COMPILE_CACHE: compileCache, ...terminal.env, ...keepEnvironment(options) },
    interactive: terminal.interactive,
  })
}
