import { closeSync, writeSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { startReaper } from '../../process/index.ts'
import { dataDirectory } from '../../provision/index.ts'
import { fingerprint } from '../fingerprint.ts'
import { hostContext } from '../host-context.ts'
import { projectPaths } from '../paths.ts'
import { createSupervisor } from './supervisor.ts'
import { takeOver } from './take-over.ts'

/** Pipe on which whoever started this process waits for one line. */
const readyPipe = 3
const warmMs = 15 * 60_000
/** With CI set nothing stays warm; this bridges the gap between two test files where no runner holds a connection. */
const ciIdleMs = 3000

/** What `BACKLOT_IDLE_SECONDS` asks for, in milliseconds. */
function askedIdleMs(env: NodeJS.ProcessEnv): number | undefined {
  const seconds = Number(env.BACKLOT_IDLE_SECONDS)
  return env.BACKLOT_IDLE_SECONDS !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}

function runsInCi(env: NodeJS.ProcessEnv): boolean {
  return env.CI !== undefined && env.CI !== '' && env.CI !== 'false'
}

function answer(line: string): void {
  writeSync(readyPipe, `${line}\n`)
  closeSync(readyPipe)
}

async function run(root: string): Promise<void> {
  const startedAt = new Date()
  const say = (line: string): void => console.log(`${new Date().toISOString()} ${line}`)
  const paths = await projectPaths(root, process.env)
  await takeOver(paths.belongings, say)
  const reaper = await startReaper({ statePath: paths.belongings })
  reaper.adopt({ paths: [paths.socket, dataDirectory(paths.run)] })
  const server = createServer()
  const asked = askedIdleMs(process.env)
  const ci = runsInCi(process.env)
  const supervisor = createSupervisor({
    fingerprint: await fingerprint(),
    startedAt,
    idleMs: asked ?? (ci ? ciIdleMs : warmMs),
    idleAfterRunMs: asked ?? (ci ? 0 : warmMs),
    stayMs: asked ?? warmMs,
    contextFor: (service, progress) => hostContext({ service, root, paths, progress, env: process.env, reaper }),
    onStopped: (failures) => {
      for (const failure of failures) say(`while stopping: ${failure.message}`)
      void finish()
    },
  })

  async function finish(): Promise<void> {
    // Whoever comes until the socket has gone, with everything else, is told to wait for the end of this process.
    await reaper.close()
    server.close()
    say('stopped')
    // Lets the answer to the call that stopped it reach its client.
    setTimeout(() => process.exit(0), 20)
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void supervisor.stop())
  process.on('unhandledRejection', (reason) =>
    say(`unhandled rejection: ${reason instanceof Error ? reason.stack : reason}`),
  )

  server.on('connection', (socket) => supervisor.serve(socket))
  await rm(paths.socket, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(paths.socket, resolve)
  })
  await chmod(paths.socket, 0o600)
  say(`started for ${root}, pid ${process.pid}`)
  answer('ready')
}

const root = process.argv[2]
if (root === undefined) throw new Error('usage: main <project root>')
run(root).catch((error: unknown) => {
  console.error(error)
  answer(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
  process.exit(1)
})
