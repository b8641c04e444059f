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
  // What is there although it should not be needs no proof.
  if (watched.inFlight.length > 0 && watched.asWanted) {
    return [
      `${absent}, but that proves nothing: after ${waited} this was still in flight`,
      ...watched.inFlight.map((line) => `  ${line}`),
    ]
  }
  return [`but ${found} (waited ${waited})`]
}

/** Changes shown at most; the latest say most. */
const mostChanges = 8

/** What happened to the table, during the wait or, if nothing did, before it. */
async function happened(
  source: ProbeSource,
  watched: Watched<unknown>,
  asserted: readonly string[],
): Promise<readonly string[]> {
  if (!source.hasFeed) return []
  const { table } = watched
  const { beforeTheWait, duringTheWait, omitted, omittedInTheWait } = await watched.changed()
  const during = duringTheWait.length > 0 || omittedInTheWait > 0
  const changes = during ? duringTheWait : beforeTheWait
  const unlisted = during ? omittedInTheWait : omitted
  if (changes.length + unlisted === 0) return ['', `The test changed nothing in ${table.shown}.`]
  const left = changes.length - mostChanges
  const lines = changes.slice(-mostChanges).map((change) => changeLine(table, change, asserted))
  const heading = during
    ? `Changed in ${table.shown} during the wait:`
    : `Nothing changed in ${table.shown} during the wait. Before it, the test changed:`
  const earlier = left > 0 ? [`… ${count(left, 'change')} before these`] : []
  const later = unlisted > 0 ? [`… and ${unlisted} more that ${unlisted === 1 ? 'is' : 'are'} not listed`] : []
  return section(heading, [...earlier, ...lines, ...later])
}

/** Puts a failure together: what was expected and found, then what happened meanwhile. */
export async function fails(
  not: boolean,
  source: ProbeSource,
  watched: Watched<unknown>,
  asserted: readonly string[],
  lines: readonly string[],
): Promise<Outcome> {
  const [here, others] = await Promise.all([
    happened(source, watched, asserted).catch(() => ['', 'What changed could not be found out.']),
    source.others().catch(() => ['what the other services did could not be found out']),
  ])
  const text = [...lines, ...here, ...section('Meanwhile:', others)].join('\n')
  return { pass: not, message: () => text }
}
