import type { Outcome } from '../../contracts/index.ts'
import { count, section } from '../../expect/index.ts'
import { formatDuration } from '../../wait/index.ts'
import type { ProbeSource } from '../probe/source.ts'
import { changeLine } from './describe.ts'
import type { Waiting } from './wait-options.ts'
import type { Watched } from './watch.ts'

/** An assertion that stands. */
export function stands(not: boolean): Outcome {
  return { pass: !not, message: () => '' }
}

/**
 * Says how the wait ended, to follow what was expected: `but none came within 5 s`.
 *
 * @param found what was there instead: `but none came`, `but one is there`
 * @param absent what was there as wanted, though unproven or not for long enough
 */
export function ending(watched: Watched<unknown>, waiting: Waiting, found: string, absent: string): readonly string[] {
  const waited = formatDuration(watched.waitedMs)
  if (watched.brokenAfterMs !== undefined) {
    const after = formatDuration(watched.brokenAfterMs)
    return [
      `${absent} at first, but not for the ${formatDuration(waiting.holdsForMs)} that it was to hold: ${found} ${after} later`,
    ]
  }
  if (watched.inFlight.length > 0) {
    return [
      `${absent}, but that proves nothing: after ${waited} this was still in flight`,
      ...watched.inFlight.map((line) => `  ${line}`),
    ]
  }
  return [`but ${found} (waited ${waited})`]
}

/** Puts a failure together: what was expected and found, then what happened meanwhile. */
export async function fails(
  not: boolean,
  source: ProbeSource,
  watched: Watched<unknown>,
  asserted: readonly string[],
  lines: readonly string[],
): Promise<Outcome> {
  const { table } = watched
  const [changed, others] = await Promise.all([
    watched.changed().catch(() => []),
    source.others().catch(() => ['what the other services did could not be found out']),
  ])
  const commits = watched.events.length
  const heading = `Changed in ${table.shown} during the wait${commits > 1 ? ` (${count(commits, 'commit')})` : ''}:`
  const silent = commits === 0 ? 'nothing' : `${count(commits, 'commit')} touched it; no row is known to have changed`
  const during =
    changed.length > 0 ? changed.map((change) => changeLine(table, change, asserted)) : source.hasFeed ? [silent] : []
  const text = [...lines, ...section(heading, during), ...section('Meanwhile:', others)].join('\n')
  return { pass: not, message: () => text }
}
