import type { Client } from 'pg'
import type { Sequence } from './catalog.ts'
import { type Moment, momentColumns, readMoment } from './moment.ts'

/** Where a sequence stands. */
export interface SequenceState {
  readonly sequence: Sequence
  /** `last_value` as text: it may be beyond what a number holds. */
  readonly last: string
  readonly called: boolean
}

/** By oid. */
export type SequenceStates = ReadonlyMap<number, SequenceState>

/** What one query tells: a moment, and where each sequence stands, read behind it. */
export interface Readings {
  readonly moment: Moment
  readonly states: SequenceStates
}

/** Reads all sequences of one catalog, and where the log ends at that moment. */
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
  // No sequence has an oid below zero. The parts run one after the other.
  const text = [
    ...momentColumns.map((column, index) => `SELECT ${-1 - index}, ${column}, false`),
    ...sequences.map(({ oid, name }) => `SELECT ${oid}, last_value, is_called FROM ${name}`),
  ].join(' UNION ALL ')
  const query = { name: `backlot_sequences_${generation}`, text, rowMode: 'array' as const }
  return {
    async read(client) {
      const { rows } = await client.query<[number | string, string, boolean]>(query)
      const moment = readMoment(rows.slice(0, momentColumns.length).map(([, value]) => value))
      const states = new Map<number, SequenceState>()
      for (const [oid, last, called] of rows) {
        const sequence = byOid.get(Number(oid))
        if (sequence !== undefined) states.set(sequence.oid, { sequence, last, called })
      }
      return { moment, states }
    },
  }
}

/** Where a sequence is to be put, and where it stands now, if that is known. */
export interface SequenceMove {
  readonly to: SequenceState
  readonly from?: SequenceState
}

/**
 * How sequences come back to where they stood at the mark.
 *
 * @param used whether anything was written: sessions may then have used up values of a cached sequence that they had kept
 *   for themselves, which its own record does not show
 */
export function movesBack(mark: SequenceStates, now: SequenceStates, used: boolean): SequenceMove[] {
  const moves: SequenceMove[] = []
  for (const [oid, to] of mark) {
    const from = now.get(oid)
    if (from === undefined) continue
    const moved = from.last !== to.last || from.called !== to.called
    if (moved || (used && to.sequence.cached)) moves.push({ to, from })
  }
  return moves
}
