import { readdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { processStartTime } from './identity.ts'

/** Milliseconds for a group that was killed to be gone. */
const goneMs = 500
const lookAgainMs = 5

/** Signals a whole process group; true when it was there. */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, signal)
    return true
  } catch {
    return false
  }
}

/**
 * Whether members of a group outlived its leader. While they live, the kernel gives the leader's pid to nobody else; both
 * session and group must match, because the leader had made itself the leader of both.
 */
export function leaderless(pid: number): boolean {
  if (platform() !== 'linux' || processStartTime(pid) !== undefined) return false
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [state, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return state !== 'Z' && group === String(pid) && session === String(pid)
    } catch {
      return false
    }
  })
}

/** Kills what is left of a group whose leader has ended, and waits until it is gone. */
export async function killGroup(leader: number): Promise<void> {
  if (!signalGroup(leader, 'SIGKILL')) return
  const until = performance.now() + goneMs
  while (leaderless(leader) && performance.now() < until) await delay(lookAgainMs)
}
