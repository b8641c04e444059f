import type { Client } from 'pg'
import { readStanding, type Standing, standingColumns } from '../feed/index.ts'
import type { Sequence } from './catalog.ts'

/** Where a sequence stands. */
export interface SequenceState {
  readonly sequence: Sequence
  /** `last_value` as text: it may be beyond what a number holds. */
  readonly last: string
  readonly called: boolean
}

/** By oid. */
export type SequenceStates = ReadonlyMap<number, SequenceState>

/** What one query tells of a moment: where the log ends, and where each sequence stands. */
export interface Readings {
  readonly standing: Standing
  readonly states: SequenceStates
}

export interface SequenceReader {
  read(client: Client): Promise<Readings>
}

/**
 * Reads sequences themselves: their moves need not be in the log (`nextval` logs one in 32), and `pg_sequences` hides what a
 * sequence that was not called yet would give. The log's end is read along, which saves a round trip.
 *
 * @param generation tells prepared statements of different catalogs apart
 */
export function sequenceReader(sequences: readonly Sequence[], generation: number): SequenceReader {
  const byOid = new Map(sequences.map((sequence) => [sequence.oid, sequence]))
  const text = [
    `SELECT 0, ${standingColumns}`,
    ...sequences.map(({ oid, name }) => `SELECT ${oid}, last_value, is_called FROM ${name}`),
  ].join(' UNION ALL ')
  const query = { name: `backlot_sequences_${generation}`, text, rowMode: 'array' as const }
  return {
    async read(client) {
      const { rows } = await client.query<[number | string, string, boolean]>(query)
      let standing = readStanding('0', true)
      const states = new Map<number, SequenceState>()
      for (const [oid, last, called] of rows) {
        const sequence = byOid.get(Number(oid))
        if (sequence !== undefined) states.set(sequence.oid, { sequence, last, called })
        else standing = readStanding(last, called)
      }
      return { standing, states }
    },
  }
}

/** Those that do not stand where they stood at the mark, as they stood then. */
export function movedSequences(mark: SequenceStates, now: SequenceStates): SequenceState[] {
  const moved: SequenceState[] = []
  for (const [oid, state] of mark) {
    const current = now.get(oid)
    if (current === undefined) continue
    if (current.last !== state.last || current.called !== state.called) moved.push(state)
  }
  return moved
}

/** Sequences whose values sessions may keep for themselves: their own record does not show what was used of them. */
export function cachedSequences(mark: SequenceStates): SequenceState[] {
  return [...mark.values()].filter(({ sequence }) => sequence.cached)
}
