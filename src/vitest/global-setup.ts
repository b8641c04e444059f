import { dirname } from 'node:path'
import type { TestProject } from 'vitest/node'
// Not by the room's index, which brings the app's side along: every run waits for this.
import { connectIfRunning, connectSupervisor, type SupervisorConnection } from '../engine/client/connect.ts'
import { warmUp } from '../engine/commands.ts'
import { processOptions } from '../engine/process-options.ts'
import { findConfig, loadProject } from '../engine/project.ts'

type Options = ReturnType<typeof processOptions>

/** A supervisor that has services up. What they lack is left to the workers, so that not even the config is loaded here. */
async function connectWarm(root: string, options: Options): Promise<SupervisorConnection | undefined> {
  const connection = await connectIfRunning({ ...options, root, purpose: 'runner' })
  if (connection === undefined) return undefined
  if ((await connection.supervisor.status()).services.length > 0) return connection
  connection.close()
  return undefined
}

async function connectAndWarm(cwd: string, options: Options): Promise<SupervisorConnection> {
  const project = await loadProject({ cwd })
  const connection = await connectSupervisor({ ...options, root: project.root, purpose: 'runner' })
  try {
    await warmUp(project, options)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** Vitest's global set-up: everything is up before the first file, and the run's own connection holds it there. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const options = processOptions()
  const cwd = project.getProvidedContext().backlotRoot
  const warm = await connectWarm(dirname(await findConfig(cwd)), options)
  const connection = warm ?? (await connectAndWarm(cwd, options))
  return async () => connection.close()
}
