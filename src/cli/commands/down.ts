import type { Invocation } from '../command-spec.ts'
import { exitCodes } from '../exit-codes.ts'
import { openProject } from '../project.ts'
import { printer } from '../terminal.ts'

/** `backlot down`. */
export async function down(invocation: Invocation): Promise<number> {
  const engine = await import('../../engine/index.ts')
  const { project, options } = await openProject(invocation)
  const stopped = await engine.down(project, options)
  printer(invocation.terminal.stdout)(stopped ? 'stopped' : 'nothing was running')
  return exitCodes.ok
}
