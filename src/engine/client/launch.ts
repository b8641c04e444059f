import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { BacklotError } from '../../errors/index.ts'
import { lastLines } from '../../process/index.ts'
import { secureDirectory } from '../../provision/index.ts'
import type { ProjectPaths } from '../paths.ts'

const startDeadlineMs = 20_000
const main = fileURLToPath(
  new URL(`../supervisor/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
)

/** The environment of a run without what concerns its test runner alone. */
function ownEnvironment(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(VITEST|NODE_OPTIONS$|NODE_V8_COVERAGE$|NODE_CHANNEL)/.test(name)),
  )
}

/** Resolves at the first line on the pipe, which the supervisor writes when it listens. */
function firstLine(pipe: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    pipe.setEncoding('utf8')
    pipe.on('data', (chunk: string) => {
      text += chunk
      if (text.includes('\n')) resolve(text.trim())
    })
    pipe.on('close', () => resolve(text.trim()))
  })
}

/**
 * Starts the supervisor in a session of its own, so that it outlives the run, and waits until it listens.
 *
 * @throws BacklotError `BACKLOT_SUPERVISOR_UNREACHABLE` with the last lines of its log
 */
export async function launchSupervisor(
  root: string,
  paths: ProjectPaths,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  secureDirectory(paths.logs)
  const log = await open(paths.log, 'a', 0o600)
  try {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, root], {
      cwd: '/',
      detached: true,
      env: ownEnvironment(env),
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    })
    const pipe = child.stdio[3] as Readable
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`not ready after ${startDeadlineMs / 1000} s`), startDeadlineMs)
    })
    const failed = new Promise<string>((resolve) => child.once('error', (error) => resolve(error.message)))
    const answer = await Promise.race([firstLine(pipe), late, failed])
    clearTimeout(timer)
    pipe.destroy()
    child.unref()
    if (answer === 'ready') return
    throw new BacklotError('BACKLOT_SUPERVISOR_UNREACHABLE', `the supervisor did not start: ${answer || 'it ended'}`, {
      hint: `look at its log: ${paths.log}`,
      details: await lastLines(paths.log, 10),
    })
  } finally {
    await log.close()
  }
}
