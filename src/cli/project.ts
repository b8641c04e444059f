import type { CommandOptions, Project } from '../engine/index.ts'
import type { Invocation } from './command-spec.ts'

/**
 * Loads the project that a command is about, and what the engine needs to know of this process.
 *
 * @throws BacklotError `BACKLOT_CONFIG_NOT_FOUND`, `BACKLOT_CONFIG_INVALID`
 */
export async function openProject(
  invocation: Pick<Invocation, 'options' | 'terminal' | 'progress'>,
): Promise<{ project: Project; options: CommandOptions }> {
  const { terminal, progress } = invocation
  const { loadProject } = await import('../engine/index.ts')
  const { config } = invocation.options
  const project = await loadProject({ cwd: terminal.cwd, ...(typeof config === 'string' && { config }) })
  return { project, options: { env: terminal.env, progress } }
}
