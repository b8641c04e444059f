import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Belongings } from '../contracts/index.ts'
import { identify } from './identity.ts'
import type { ReaperLine } from './reaper-main.ts'
import { type RecordedBelongings, recorded, removeRecord, writeRecord } from './record.ts'

/** The owner's end of its reaper. */
export interface Reaper {
  /** The pid of the process that does the work; another one after it was killed. */
  readonly pid: number | undefined
  /** Puts belongings on record: they end when this process does, however it ends. Returns the undo. */
  adopt(belongings: Belongings): () => void
  /** Ends what is still on record, then the reaper itself. Bounded to a few seconds. */
  close(): Promise<void>
}

/** Where a reaper keeps its record. */
export interface ReaperOptions {
  /** File for what is on record, so that `reclaim` can do the work when both owner and reaper were killed. */
  readonly statePath: string
}

const main = fileURLToPath(new URL(`./reaper-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
const closeMs = 5000
/** A machine on which reapers cannot live is left to `reclaim`. */
const mostLaunches = 20

/**
 * Starts a reaper for this process: a tiny process in a session of its own that holds a pipe to us, and ends and removes
 * what was adopted when the pipe closes. Should it be killed, another one takes its place with the same record.
 */
export async function startReaper(options: ReaperOptions): Promise<Reaper> {
  const { statePath } = options
  const owner = identify(process.pid)
  if (owner === undefined) throw new Error('this process cannot identify itself')
  const kept = new Map<number, RecordedBelongings>()
  let next = 1
  let closing = false
  let launches = 0
  let child: ChildProcess = launch()

  function save(): void {
    if (owner === undefined) return
    const reaper = child.pid === undefined ? undefined : identify(child.pid)
    writeRecord(statePath, { format: 1, owner, reaper, belongings: [...kept.values()] })
  }

  function tell(line: ReaperLine): void {
    child.stdin?.write(`${JSON.stringify(line)}\n`)
  }

  function launch(): ChildProcess {
    launches += 1
    const started = spawn(process.execPath, [main, statePath], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    // Its end is noticed by `exit`; a write that it did not live to read is of no interest.
    started.stdin?.on('error', () => {})
    started.on('error', () => {})
    started.once('exit', () => {
      if (closing || launches > mostLaunches) return
      child = launch()
      // Told before it is on record: whoever finds it there may rely on it.
      for (const [id, belongings] of kept) tell({ add: id, belongings })
      save()
    })
    started.unref()
    if (started.stdin instanceof Socket) started.stdin.unref()
    return started
  }

  save()
  return {
    get pid() {
      return child.pid
    },
    adopt(belongings) {
      const id = next
      next += 1
      const entry = recorded(belongings)
      kept.set(id, entry)
      tell({ add: id, belongings: entry })
      save()
      return () => {
        if (!kept.delete(id)) return
        tell({ remove: id })
        save()
      }
    },
    async close() {
      closing = true
      if (child.exitCode === null && child.signalCode === null) {
        child.ref()
        const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
        child.stdin?.end()
        const timer = setTimeout(() => child.kill('SIGKILL'), closeMs)
        await exited
        clearTimeout(timer)
      }
      removeRecord(statePath)
    },
  }
}
