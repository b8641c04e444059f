import { setTimeout as delay } from 'node:timers/promises'
import { endBelongings } from './end-belongings.ts'
import { isAlive, sameBoot } from './identity.ts'
import { readRecord, removeRecord } from './record.ts'

/** Milliseconds for a reaper that is at work to finish. */
const reaperMs = 5000
const lookAgainMs = 20

/**
 * Ends and removes what a dead owner left, if its reaper does not. To be called before a new reaper is started on the
 * same file.
 *
 * @param statePath the `statePath` that was given to `startReaper`
 * @returns `nothing` to do, `waited` for the reaper, `reclaimed` what was left, or `in use` by an owner that lives
 */
export async function reclaim(statePath: string): Promise<'nothing' | 'waited' | 'reclaimed' | 'in use'> {
  const record = readRecord(statePath)
  if (record === undefined) return 'nothing'
  if (isAlive(record.owner)) return 'in use'
  const until = performance.now() + reaperMs
  while (record.reaper !== undefined && isAlive(record.reaper) && performance.now() < until) {
    await delay(lookAgainMs)
    if (readRecord(statePath) === undefined) return 'waited'
  }
  if (readRecord(statePath) === undefined) return 'waited'
  const sameMachineRun = sameBoot(record.owner)
  await endBelongings(record.belongings.map((entry) => (sameMachineRun ? entry : { ...entry, segments: [] })))
  removeRecord(statePath)
  return 'reclaimed'
}
