import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectSupervisor, projectPaths } from '../../../src/engine/index.ts'
import { dataDirectory } from '../../../src/provision/index.ts'

const fixture = fileURLToPath(new URL('./fixture', import.meta.url))
const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** A project of its own, with its own supervisor, for one test. */
export interface TestProject extends AsyncDisposable {
  readonly root: string
  /** Starts a process that opens a lot and then does what it is told, a line at a time. */
  worker(): Promise<WorkerProcess>
  /** A client's connection; starts the supervisor if need be. */
  connect(): ReturnType<typeof connectSupervisor>
  supervisorPid(): Promise<number>
}

export interface WorkerProcess {
  readonly pid: number
  /** Runs SQL on the lot's database; resolves to its rows. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>
  push(): Promise<void>
  /** Resolves to how the lease returned. */
  pop(): Promise<string>
  database(): Promise<string>
  kill(signal: NodeJS.Signals): Promise<void>
  close(): Promise<void>
}

function workerProcess(root: string, env: NodeJS.ProcessEnv): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', worker, root], {
    cwd: root,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const waiting: { resolve: (value: string) => void; reject: (error: Error) => void }[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const next = waiting.shift()
    const answer: { ok?: unknown; error?: string } = JSON.parse(line)
    if (answer.error === undefined) next?.resolve(JSON.stringify(answer.ok))
    else next?.reject(new Error(answer.error))
  })
  void ended.then(() => {
    for (const { reject } of waiting.splice(0)) reject(new Error('the worker has ended'))
  })
  const tell = (command: string, text = ''): Promise<string> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      child.stdin.write(`${JSON.stringify({ command, text })}\n`)
    })
  return tell('ready').then(() => ({
    pid: child.pid ?? 0,
    sql: async (text) => JSON.parse(await tell('sql', text)),
    push: async () => void (await tell('push')),
    pop: async () => JSON.parse(await tell('pop')),
    database: async () => JSON.parse(await tell('database')),
    async kill(signal) {
      child.kill(signal)
      await ended
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }))
}

/**
 * Makes a project folder with a migration.
 *
 * @param ci what its processes find in `CI`; default: as here
 */
export async function createProject(ci: string = process.env.CI ?? ''): Promise<TestProject> {
  const root = await mkdtemp(join(tmpdir(), 'backlot-project-'))
  await cp(fixture, root, { recursive: true })
  const env = { ...process.env, NODE_OPTIONS: '', CI: ci }
  const connect = (): ReturnType<typeof connectSupervisor> =>
    connectSupervisor({ root, env, purpose: 'cli', progress: () => {} })
  return {
    root,
    connect,
    worker: () => workerProcess(root, env),
    async supervisorPid() {
      const connection = await connect()
      const { pid } = await connection.supervisor.status()
      connection.close()
      return pid
    },
    async [Symbol.asyncDispose]() {
      const connection = await connect()
      await connection.supervisor.stop().catch(() => {})
      await connection.closed
      const { run } = await projectPaths(root, env)
      await Promise.all([root, run, dataDirectory(run)].map((path) => rm(path, { recursive: true, force: true })))
    },
  }
}
