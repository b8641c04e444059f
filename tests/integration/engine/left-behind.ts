import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { projectPaths } from '../../../src/engine/index.ts'
import { identify, isAlive as isSameAlive, type ProcessIdentity, readRecord } from '../../../src/process/index.ts'
import { dataDirectory } from '../../../src/provision/index.ts'
import { contents, segmentOfServerIn, sharedMemorySegments } from '../postgres-server/left-behind.ts'

/** Whether a process with this pid exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What is there of a project's supervisor. The names of processes, files and segments; each empty when nothing is. */
export interface Left {
  readonly processes: readonly string[]
  readonly files: readonly string[]
  readonly segments: readonly string[]
}

const nothing: Left = { processes: [], files: [], segments: [] }

/** What a running supervisor with one server has brought into the world. */
export interface Stock {
  readonly supervisor: number
  /** What of it is there now. Logs stay on purpose, and so does the start lock: its last file is never removed. */
  left(): Left
}

function childrenOf(parent: number): readonly number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []))
}

/** Notes everything that the supervisor of a project holds, while it runs with one Postgres server. */
export async function takeStock(root: string): Promise<Stock> {
  const paths = await projectPaths(root, process.env)
  const data = dataDirectory(paths.run)
  const record = readRecord(paths.belongings)
  if (record?.reaper === undefined) throw new Error(`no supervisor with a reaper on record in ${paths.run}`)
  const [cluster = ''] = contents(data)
  const postmaster = Number.parseInt(readFileSync(join(data, cluster, 'postmaster.pid'), 'utf8'), 10)
  const segment = segmentOfServerIn(data)
  const named = (name: string, pid: number): [string, ProcessIdentity | undefined] => [`${name} ${pid}`, identify(pid)]
  const processes = new Map([
    [`supervisor ${record.owner.pid}`, record.owner],
    [`reaper ${record.reaper.pid}`, record.reaper],
    named('postmaster', postmaster),
    ...childrenOf(postmaster).map((pid) => named('backend', pid)),
  ])
  return {
    supervisor: record.owner.pid,
    left: () => ({
      processes: [...processes].flatMap(([name, process]) =>
        process !== undefined && isSameAlive(process) ? [name] : [],
      ),
      files: [
        ...contents(paths.run).filter((name) => name !== 'logs' && !name.startsWith('start.lock.')),
        ...contents(data).map((name) => `data/${name}`),
      ],
      segments: sharedMemorySegments().filter((id) => id === segment),
    }),
  }
}

/** Fails unless all of it is gone within 5 s from now. */
export async function expectNothingLeft(stock: Stock): Promise<void> {
  await vi.waitFor(() => expect(stock.left()).toEqual(nothing), { timeout: 5000, interval: 20 })
}
