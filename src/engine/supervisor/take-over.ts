import { setTimeout as delay } from 'node:timers/promises'
import { readRecord, reclaim } from '../../process/index.ts'

/** Milliseconds for a supervisor that no longer answers to be gone. */
const predecessorMs = 5000
const lookAgainMs = 20

/**
 * Takes away what a supervisor before this one left. One that lives is on its way out, since nobody would start another
 * while it answers: its end is waited for.
 *
 * @param belongings file of the reaper's record
 * @param say told when there is something to wait for
 * @throws Error when the other one stays
 */
export async function takeOver(belongings: string, say: (line: string) => void): Promise<void> {
  const until = performance.now() + predecessorMs
  let told = false
  while ((await reclaim(belongings)) === 'in use') {
    const pid = readRecord(belongings)?.owner.pid
    if (!told && pid !== undefined) say(`waits for the end of process ${pid}`)
    told = true
    if (performance.now() > until) {
      throw new Error(`process ${pid} runs and does not answer; end it, what it holds goes with it: kill -9 ${pid}`)
    }
    await delay(lookAgainMs)
  }
}
