import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, type ProcessIdentity, processStartTime } from './identity.ts'
import type { RecordedBelongings } from './record.ts'
import { signalGroup } from './server-process.ts'
import { removeSegment } from './shared-memory.ts'

/** Milliseconds for an orderly end by SIGINT, in which a server removes what it holds outside its folders. */
const orderlyMs = 1000
/** Milliseconds for the end by SIGQUIT, which Postgres calls an immediate shutdown. */
const immediateMs = 500
const lookAgainMs = 10

/**
 * Whether members of a group outlived its leader. While they live, the kernel gives the leader's pid to nobody else; both
 * session and group must match, because the leader had made itself the leader of both.
 */
function leaderless(pid: number): boolean {
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

async function gone(leader: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  while (isAlive(leader)) {
    if (performance.now() > until) return false
    await delay(lookAgainMs)
  }
  return true
}

/** Ends a process group, orderly first; a process that reuses the pid is never touched. Bounded by about two seconds. */
export async function endGroup(leader: ProcessIdentity): Promise<void> {
  const steps: readonly (readonly [NodeJS.Signals, number])[] = [
    ['SIGINT', orderlyMs],
    ['SIGQUIT', immediateMs],
  ]
  for (const [signal, ms] of steps) {
    if (!isAlive(leader)) break
    try {
      process.kill(leader.pid, signal)
    } catch {
      break
    }
    if (await gone(leader, ms)) break
  }
  if (isAlive(leader) || leaderless(leader.pid)) {
    signalGroup(leader.pid, 'SIGKILL')
    await gone(leader, immediateMs)
  }
}

/** Ends all processes, then removes their segments and folders: a server writes into its folder to its end. */
export async function endBelongings(belongings: readonly RecordedBelongings[]): Promise<void> {
  await Promise.all(belongings.flatMap(({ processes }) => processes).map(endGroup))
  for (const segment of belongings.flatMap(({ segments }) => segments)) removeSegment(segment)
  const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }
  await Promise.all(belongings.flatMap(({ paths }) => paths).map((path) => rm(path, removal).catch(() => {})))
}
