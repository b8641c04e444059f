import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { leaderless, signalGroup } from './group.ts'
import { isAlive, type ProcessIdentity } from './identity.ts'
import type { RecordedBelongings } from './record.ts'
import { removeSegment } from './shared-memory.ts'
import { endStragglers } from './stragglers.ts'

/** Milliseconds for an orderly end by SIGINT, in which a server removes what it holds outside its folders. */
const orderlyMs = 1000
/** Milliseconds for the end by SIGQUIT, which Postgres calls an immediate shutdown. */
const immediateMs = 500
const lookAgainMs = 10

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
  const processes = belongings.flatMap((entry) => entry.processes)
  const folders = belongings.flatMap(({ paths }) => paths)
  await Promise.all(processes.map(endGroup))
  await endStragglers(folders, new Set(processes.flatMap(({ executable }) => executable ?? [])))
  for (const segment of belongings.flatMap(({ segments }) => segments)) removeSegment(segment)
  const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }
  await Promise.all(folders.map((path) => rm(path, removal).catch(() => {})))
}
