import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostContext } from '../../../src/contracts/index.ts'
import type { InstanceOptions } from '../../../src/postgres/contract.ts'
import { type PostgresServer, startServer } from '../../../src/postgres/server/index.ts'
import { startReaper } from '../../../src/process/index.ts'
import { cacheDirectory, dataDirectory, runDirectory } from '../../../src/provision/index.ts'

/**
 * A host context as the supervisor would make one, for a project folder of its own. Its folders go with `close`, or with
 * this process, should it be killed.
 */
export async function testContext(name = 'db'): Promise<{ context: HostContext; close: () => Promise<void> }> {
  const projectRoot = mkdtempSync(join(tmpdir(), 'backlot-test-'))
  chmodSync(projectRoot, 0o755)
  const run = await runDirectory(projectRoot)
  const data = dataDirectory(run)
  const reaper = await startReaper({ statePath: join(run, 'belongings.json') })
  reaper.adopt({ paths: [projectRoot, run, data] })
  const context: HostContext = {
    name,
    projectRoot,
    env: process.env,
    directories: { cache: await cacheDirectory(process.env), run, data, logs: projectRoot },
    progress: () => {},
    adopt: reaper.adopt,
  }
  return { context, close: reaper.close }
}

/**
 * A running server for a test file: `const { server, stop } = await withServer()` in `beforeAll`, `await stop()` in
 * `afterAll`. When the test process is killed, its reaper ends the server.
 */
export async function withServer(
  options: Partial<InstanceOptions> = {},
): Promise<{ server: PostgresServer; context: HostContext; stop: () => Promise<void> }> {
  const { context, close } = await testContext()
  try {
    const server = await startServer(context, { version: 18, durable: false, ...options })
    return {
      server,
      context,
      async stop() {
        await server.stop()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
