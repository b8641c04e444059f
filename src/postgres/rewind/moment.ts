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

/**
 * SQL that is true if nobody can have committed anything to the database since a moment: nothing at all was written on the
 * server, or no session of others did anything, came, or went.
 */
export function nobodySince({ written, sessions, at }: Moment): string {
  const moved = `state IS DISTINCT FROM 'idle' OR ${micros('state_change')} >= ${at} OR ${micros('backend_start')} >= ${at}`
  return `CASE WHEN ${lsnNumber('pg_catalog.pg_current_wal_insert_lsn()')} = ${written} THEN true
  ELSE (SELECT pg_catalog.count(*) = ${sessions} AND NOT coalesce(pg_catalog.bool_or(${moved}), false) FROM ${foreignSessions}) END`
}
