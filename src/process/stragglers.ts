import { readdirSync, readlinkSync } from 'node:fs'
import { platform } from 'node:os'
import { sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { identify, isAlive, type ProcessIdentity } from './identity.ts'

/** Milliseconds for processes that were killed to be gone. */
const goneMs = 500
const lookAgainMs = 10

function link(pid: number | string, name: 'exe' | 'cwd'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return undefined
  }
}

/** The program that a process runs; undefined when it is gone, or on a system that does not say. */
export function executableOf(pid: number): string | undefined {
  return platform() === 'linux' ? link(pid, 'exe') : undefined
}

/** Processes that run one of the programs with one of the folders as their working directory. */
function workingIn(folders: readonly string[], executables: ReadonlySet<string>): readonly ProcessIdentity[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || !executables.has(link(name, 'exe') ?? '')) return []
    const cwd = link(name, 'cwd')
    const within = folders.some((folder) => cwd === folder || cwd?.startsWith(`${folder}${sep}`))
    return within ? (identify(Number(name)) ?? []) : []
  })
}

/**
 * Kills what a server that was killed has left in a session of its own, where no signal to its group arrives: a backend of
 * Postgres that is busy with a statement does not notice that its postmaster has gone. Does nothing on systems without /proc.
 *
 * @param folders where such processes work; their removal comes after this
 * @param executables what `executableOf` said of the server: nobody else who looks around there is touched
 */
export async function endStragglers(folders: readonly string[], executables: ReadonlySet<string>): Promise<void> {
  if (platform() !== 'linux' || folders.length === 0 || executables.size === 0) return
  const stragglers = workingIn(folders, executables)
  for (const { pid } of stragglers) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone meanwhile.
    }
  }
  const until = performance.now() + goneMs
  while (stragglers.some(isAlive) && performance.now() < until) await delay(lookAgainMs)
}
