import type { Invocation } from '../command-spec.ts'
import { exitCodes } from '../exit-codes.ts'
import { columns } from '../layout.ts'
import { openProject } from '../project.ts'
import { printer } from '../terminal.ts'

/** `backlot install`. */
export async function install(invocation: Invocation): Promise<number> {
  const engine = await import('../../engine/index.ts')
  const { project, options } = await openProject(invocation)
  const lines = await engine.install(project, options)
  const print = printer(invocation.terminal.stdout)
  for (const line of columns(lines.map(({ service, line: what }) => [service, what]))) print(line)
  return exitCodes.ok
}
