import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the words of the operating system; only good for comparing. */
  readonly started: string
}

/** Fields of `/proc/<pid>/stat` after the command name, which may itself hold blanks and parentheses. */
function statFields(pid: number | 'self'): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

let boot: string | undefined

/** Tells one run of the machine from the next: pids, ticks and segment ids start over at each. Empty where times are absolute. */
function bootId(): string {
  boot ??= platform() === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : ''
  return boot
}

/**
 * When a process started: field 22 of `/proc/<pid>/stat` on Linux (clock ticks since boot, see proc_pid_stat(5)) with
 * the id of that boot, what `ps -o lstart=` prints elsewhere.
 *
 * @returns undefined when there is no such process, or it has ended and waits for its parent (a zombie)
 */
export function processStartTime(pid: number): string | undefined {
  try {
    if (platform() === 'linux') {
      const fields = statFields(pid)
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()}/${fields[19]}`
    }
    const out = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    return out === '' || out.startsWith('Z') ? undefined : out.replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}

/** @returns undefined when the process is gone already */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = processStartTime(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Whether the very process is still there: a reused pid does not count. */
export function isAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.started
}

/** Whether the machine has not been started anew since this process was identified. */
export function sameBoot(identity: ProcessIdentity): boolean {
  return identity.started.startsWith(bootId())
}
