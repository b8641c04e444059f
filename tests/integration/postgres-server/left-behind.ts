import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'

/** Ids of all System V shared memory segments of this machine. */
export function sharedMemorySegments(): readonly string[] {
  if (platform() !== 'linux') return execFileSync('ipcs', ['-m'], { encoding: 'utf8' }).split('\n')
  return readFileSync('/proc/sysvipc/shm', 'utf8')
    .split('\n')
    .slice(1)
    .flatMap((line) => line.trim().split(/\s+/)[1] ?? [])
}

/** What is in a folder; nothing when it is gone. */
export function contents(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Id of the segment of the one server whose data directory is in a folder: line 7 of its postmaster.pid. */
export function segmentOfServerIn(folder: string): string {
  const [data = ''] = contents(folder)
  const line = readFileSync(join(folder, data, 'postmaster.pid'), 'utf8').split('\n')[6]
  const id = line?.trim().split(/\s+/)[1]
  if (id === undefined) throw new Error(`no segment in ${folder}`)
  return id
}
