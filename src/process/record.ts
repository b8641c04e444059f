import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Belongings } from '../contracts/index.ts'
import { identify, type ProcessIdentity } from './identity.ts'
import { executableOf } from './stragglers.ts'

/** A process as it was when it was adopted: a later one with the same pid differs. */
export interface RecordedProcess extends ProcessIdentity {
  /** The program that it runs, where the system tells. */
  readonly executable?: string
}

/** Belongings whose processes are told apart from later ones with the same pid. */
export interface RecordedBelongings {
  readonly processes: readonly RecordedProcess[]
  readonly paths: readonly string[]
  readonly segments: readonly number[]
}

/** What a supervisor and its reaper leave on disk for the next start. */
export interface ReaperRecord {
  /** Version of this format; a record of another one is left alone. */
  readonly format: 1
  readonly owner: ProcessIdentity
  readonly reaper: ProcessIdentity | undefined
  readonly belongings: readonly RecordedBelongings[]
}

function recordedProcess(pid: number): readonly RecordedProcess[] {
  const identity = identify(pid)
  const executable = executableOf(pid)
  return identity === undefined ? [] : [executable === undefined ? identity : { ...identity, executable }]
}

/** Processes that have ended already are left out. */
export function recorded(belongings: Belongings): RecordedBelongings {
  return {
    processes: (belongings.pids ?? []).flatMap(recordedProcess),
    paths: belongings.paths ?? [],
    segments: belongings.segments ?? [],
  }
}

/** Writes atomically, and at once: what is recorded must be on record before anything else happens. */
export function writeRecord(file: string, record: ReaperRecord): void {
  const draft = `${file}.${process.pid}.tmp`
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 })
  renameSync(draft, file)
}

/** @returns undefined when there is none, or none that this version understands */
export function readRecord(file: string): ReaperRecord | undefined {
  try {
    const record: ReaperRecord = JSON.parse(readFileSync(file, 'utf8'))
    return record.format === 1 ? record : undefined
  } catch {
    return undefined
  }
}

/** Forgets a record, once nothing of it is left. None there is well too. */
export function removeRecord(file: string): void {
  rmSync(file, { force: true })
}
