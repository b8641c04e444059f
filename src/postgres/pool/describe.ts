import { count } from '../../expect/index.ts'
import { formatDuration } from '../../wait/index.ts'
import { oneLine } from '../activity.ts'
import type { ConnectionUse, HeldConnection, PoolLook } from './contract.ts'

/** A connection that is held, with the query and where it was asked for. */
export function heldLines({ pid, kind, state, query, sinceMs, askedAt }: HeldConnection): readonly string[] {
  const what = kind === 'checked out' ? 'checked out' : 'with an open transaction'
  return [
    `pid ${pid}, ${what} for ${formatDuration(sinceMs)}, ${state}: ${oneLine(query)}`,
    ...askedAt.map((line) => `    at ${line}`),
  ]
}

/** What a connection was used for. */
export function useLine({ pid, times, queries }: ConnectionUse): string {
  return `pid ${pid}: checked out ${times === 1 ? 'once' : `${times} times`}, ${count(queries, 'statement')}`
}

/** The pool's numbers. */
export function lookLine({ total, idle, waiting }: PoolLook, max: number | undefined): string {
  const most = max === undefined ? '' : ` (at most ${max})`
  const who = waiting === undefined ? '' : `, ${waiting === 0 ? 'nobody waits' : `${waiting} waiting`}`
  return `${count(total, 'connection')}${most}: ${total - idle} in use, ${idle} idle${who}`
}
