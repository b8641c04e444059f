import type { Client } from 'pg'
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

/** A query for many sequences; none when there are none. */
export interface SequenceReader {
  read(client: Client): Promise<SequenceStates>
}

/**
 * Reads sequences themselves: their moves need not be in the log (`nextval` logs one in 32), and `pg_sequences` hides what a
 * sequence that was not called yet would give.
 *
 * @param generation tells prepared statements of different catalogs apart
 */
export function sequenceReader(sequences: readonly Sequence[], generation: number): SequenceReader {
  const byOid = new Map(sequences.map((sequence) => [sequence.oid, sequence]))
  const text = sequences
    .map(({ oid, name }) => `SELECT ${oid} AS oid, last_value, is_called FROM ${name}`)
    .join(' UNION ALL ')
  return {
    async read(client) {
      const states = new Map<number, SequenceState>()
      if (sequences.length === 0) return states
      const query = { name: `backlot_sequences_${generation}`, text, rowMode: 'array' as const }
      const { rows } = await client.query<[number | string, string, boolean]>(query)
      for (const [oid, last, called] of rows) {
        const sequence = byOid.get(Number(oid))
        if (sequence !== undefined) states.set(sequence.oid, { sequence, last, called })
      }
      return states
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
