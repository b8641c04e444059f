/**
 * The reaper: a process of its own that outlives whoever started it for as long as it takes to end what that one left.
 * It reads lines of JSON on stdin: `{ add, belongings }` and `{ remove }`. The end of stdin means that the owner is gone,
 * however it went.
 *
 * @module
 */
import { createInterface } from 'node:readline'
import { endBelongings } from './end-belongings.ts'
import { type RecordedBelongings, removeRecord } from './record.ts'

/** A line from the owner to its reaper. */
export type ReaperLine = { readonly add: number; readonly belongings: RecordedBelongings } | { readonly remove: number }

async function main(statePath: string): Promise<void> {
  // A terminal's Ctrl-C or a closing session is meant for others.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  const kept = new Map<number, RecordedBelongings>()
  for await (const text of createInterface({ input: process.stdin })) {
    try {
      const line: ReaperLine = JSON.parse(text)
      if ('add' in line) kept.set(line.add, line.belongings)
      else kept.delete(line.remove)
    } catch {
      // Half a line: its writer died while writing.
    }
  }
  await endBelongings([...kept.values()])
  removeRecord(statePath)
}

const [statePath] = process.argv.slice(2)
if (statePath !== undefined) await main(statePath)
