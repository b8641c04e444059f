import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { BacklotError } from '../errors/index.ts'
import { killGroup, signalGroup } from './group.ts'
import { lastLines } from './last-lines.ts'
import { endStragglers, executableOf } from './stragglers.ts'

/** What to start and how to know that it is ready. */
export interface ServerProcessOptions {
  /** For messages: `PostgreSQL 18.4`. */
  readonly product: string
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment of the server; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** File that stdout and stderr are appended to, made with mode 0600. */
  readonly log: string
  /** Where its processes work, also those that leave its group: they are ended with it. */
  readonly folder?: string
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Called with the pid as soon as there is one, before anything is awaited: the place to register it with a reaper. */
  readonly onSpawn?: (pid: number) => void
  /** Asked again and again until it answers true. What it throws counts as false and is the cause named at the deadline. */
  readonly ready: (pid: number) => Promise<boolean>
  /** Milliseconds to become ready in. */
  readonly deadlineMs: number
}

/** A server that became ready. It leads its own process group. */
export interface ServerProcess {
  readonly pid: number
  readonly log: string
  /** Resolves with BACKLOT_SERVER_DIED and the log's last lines when the server ends by itself; never after `stop`. */
  readonly died: Promise<Error>
  /**
   * Sends `signal` to the server and waits; after `graceMs` kills its whole group.
   *
   * @param signal default SIGTERM
   * @param graceMs default 5000
   */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>
}

/** Milliseconds between two questions to `ready`: a start takes some hundred of them. */
const askAgainMs = 5
const shownLines = 15

/** Words by which servers say that a disk is full (ENOSPC, EDQUOT). */
const diskFull = /no space left on device|disk quota exceeded/i

/** How a child ended, in words. */
function ending(child: ChildProcess): string {
  return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`
}

async function startFailure(options: ServerProcessOptions, summary: string, cause: unknown): Promise<BacklotError> {
  const log = await lastLines(options.log, shownLines)
  if (diskFull.test(log)) {
    return new BacklotError('BACKLOT_DISK_FULL', `${options.product} found no room left on its disk`, {
      hint: 'make room where it keeps its data (df -h names the disks), then run again',
      details: log,
      cause,
    })
  }
  return new BacklotError('BACKLOT_SERVER_START_FAILED', summary, {
    hint: `its log says why: ${options.log}`,
    ...(log === '' ? {} : { details: log }),
    cause,
  })
}

/**
 * Starts a server in its own process group and waits until it is ready.
 *
 * @throws BACKLOT_SERVER_START_FAILED with the log's last lines when it ends or is not ready at the deadline;
 * BACKLOT_DISK_FULL when its log says so. Nothing of it is left then.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { product, log } = options
  const output = openSync(log, 'a', 0o600)
  let child: ChildProcess
  try {
    child = spawn(options.command, [...options.args], {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', output, output],
      ...(options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }),
    })
  } finally {
    closeSync(output)
  }
  const exited = new Promise<unknown>((resolve) => {
    child.once('exit', resolve)
    child.once('error', resolve)
  })
  const { pid } = child
  if (pid === undefined) {
    throw await startFailure(options, `${product} could not be started: ${options.command}`, await exited)
  }
  const leader: number = pid
  const executable = executableOf(leader)
  options.onSpawn?.(leader)
  // The server outlives nobody through this handle: whoever started it stays up for other reasons.
  child.unref()

  // A server that was killed may have left members of its group, and others.
  const ended = exited.then(async () => {
    await killGroup(leader)
    if (options.folder !== undefined && executable !== undefined) {
      await endStragglers([options.folder], new Set([executable]))
    }
  })
  let stopping = false
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null

  async function stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 5000): Promise<void> {
    stopping = true
    if (!hasExited()) {
      child.ref()
      child.kill(signal)
      const timer = new AbortController()
      await Promise.race([exited, delay(graceMs, undefined, { signal: timer.signal }).catch(() => {})])
      timer.abort()
    }
    if (!hasExited()) {
      signalGroup(leader, 'SIGKILL')
    }
    await ended
  }

  const until = performance.now() + options.deadlineMs
  let lastProblem: unknown
  for (;;) {
    if (hasExited())
      throw await startFailure(options, `${product} ended while it was starting (${ending(child)})`, lastProblem)
    const ready = await options.ready(pid).catch((error: unknown) => {
      lastProblem = error
      return false
    })
    if (ready && !hasExited()) break
    if (performance.now() > until) {
      await stop('SIGKILL', 0)
      throw await startFailure(options, `${product} was not ready after ${options.deadlineMs} ms`, lastProblem)
    }
    await delay(askAgainMs)
  }

  const { promise: died, resolve: die } = Promise.withResolvers<Error>()
  void ended.then(async () => {
    if (stopping) return
    die(
      new BacklotError('BACKLOT_SERVER_DIED', `${product} ended by itself (${ending(child)})`, {
        hint: `its log says why: ${log}`,
        details: await lastLines(log, shownLines),
      }),
    )
  })
  return { pid, log, died, stop }
}
