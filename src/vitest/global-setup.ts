import type { TestProject } from 'vitest/node'
import { connectSupervisor, loadProject, processOptions, up } from '../engine/index.ts'

/** Vitest's global set-up: everything is up before the first file, and the run's own connection holds it there. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const options = processOptions()
  const loaded = await loadProject({ cwd: project.getProvidedContext().backlotRoot })
  const connection = await connectSupervisor({ ...options, root: loaded.root, purpose: 'runner' })
  try {
    await up(loaded, options)
  } catch (error) {
    connection.close()
    throw error
  }
  return async () => connection.close()
}
