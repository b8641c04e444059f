import { lsnNumber, type Standing, standingColumns } from '../feed/index.ts'
import { foreignSessions } from './beneath.ts'

/** A moment of the server, as exact as can be had without stopping it. */
export interface Moment extends Standing {
  /** Microseconds since 1970, by the server's clock. */
  readonly at: string
  /** Sessions of others on the database. */
  readonly sessions: string
}

const micros = (time: string): string => `(pg_catalog.date_part('epoch', ${time}) * 1000000)::pg_catalog.int8`

/** SQL for a {@link Moment}: four columns of int8. Whatever is read behind them is read later. */
export const momentColumns: readonly string[] = [
  `(SELECT pg_catalog.count(*) FROM ${foreignSessions})`,
  micros('pg_catalog.clock_timestamp()'),
  ...standingColumns,
]

/** @param columns what {@link momentColumns} gave */
export function readMoment([sessions = '0', at = '0', written = '1', flushed = '0']: readonly string[]): Moment {
  return { sessions, at, written: Number(written), flushed: Number(flushed) }
}

/** A session's state has changed since it began, or is no state yet. */
const moved = `state IS DISTINCT FROM 'idle' OR ${micros('state_change')} >= $3`

/**
 * SQL that is true if nobody can have committed anything to the database since a moment: nothing at all was written on the
 * server ($1 is `written`), or no session of others ($2 is how many there were) did anything, came, or went since ($3 is
 * `at`).
 */
export const nobodySince: string = `CASE WHEN ${lsnNumber('pg_catalog.pg_current_wal_insert_lsn()')} = $1 THEN true
  ELSE (SELECT pg_catalog.count(*) = $2 AND NOT coalesce(pg_catalog.bool_or(${moved}), false) FROM ${foreignSessions}) END`
