import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectIfRunning } from '../../../src/engine/client/connect.ts'
import { projectPaths } from '../../../src/engine/index.ts'
import { dataDirectory } from '../../../src/provision/index.ts'

const program = fileURLToPath(new URL('./programs/watch.ts', import.meta.url))
const source = (path: string): string => fileURLToPath(new URL(`../../../src/${path}`, import.meta.url))
const runWithinMs = 60_000

/** One run in watch mode. */
export interface WatchedRun {
  /** Test name to its state. */
  readonly tests: Readonly<Record<string, string>>
  /** What the tests put into `task.meta`. */
  readonly meta: Readonly<Record<string, unknown>>
  readonly errors: readonly string[]
}

/** A project of its own that Vitest watches. */
export interface WatchedProject extends AsyncDisposable {
  /** Saves a file, as an editor does. */
  save(file: string, text: string): Promise<void>
  /** The first run with a test of this name, past or to come. */
  runOf(test: string): Promise<WatchedRun>
}

/** How a suite of a watched project begins. */
export const suiteHead: string = `
  import { backlotTest } from '${source('vitest/index.ts')}'
  import backlot from '../backlot.config.ts'
  const { test, expect } = backlotTest(backlot)`

const files: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'vitest.config.ts': `
    import { backlotPlugin } from '${source('vitest/config.ts')}'
    export default { plugins: [backlotPlugin()], test: { include: ['suites/*.ts'], testTimeout: 20_000 } }`,
  'backlot.config.ts': `
    import { defineBacklot } from '${source('index.ts')}'
    import { postgres } from '${source('postgres/index.ts')}'
    export default defineBacklot({ services: { db: postgres({ migrate: 'migrations' }) } })`,
}

/** Writes a project with these files beside its configs, and runs it in watch mode. */
export async function watchProject(more: Readonly<Record<string, string>>): Promise<WatchedProject> {
  const root = await mkdtemp(join(tmpdir(), 'backlot-watched-'))
  const save = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  for (const [file, text] of Object.entries({ ...files, ...more })) await save(file, text)

  const env = { ...process.env, NODE_OPTIONS: '' }
  const child = spawn(process.execPath, [program], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const runs: WatchedRun[] = []
  let look = (): void => {}
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return
    runs.push(JSON.parse(line))
    look()
  })

  return {
    save,
    runOf(test) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          reject(new Error(`no run of "${test}" within ${runWithinMs} ms; runs so far: ${JSON.stringify(runs)}`))
        }, runWithinMs)
        look = () => {
          const run = runs.find(({ tests }) => test in tests)
          if (run === undefined) return
          clearTimeout(late)
          resolve(run)
        }
        look()
      })
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
      const connection = await connectIfRunning({ root, env, purpose: 'cli', progress: () => {} })
      await connection?.supervisor.stop().catch(() => {})
      await connection?.closed
      const { run } = await projectPaths(root, env)
      await Promise.all([root, run, dataDirectory(run)].map((path) => rm(path, { recursive: true, force: true })))
    },
  }
}
