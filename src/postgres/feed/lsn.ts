/**
 * A position in the write-ahead log, as a number: exact up to 2^53, which is 8 PiB of log.
 * Postgres prints it as two hexadecimal halves: `0/1A2B3C4`.
 */
export type Lsn = number

/** @param text a position as Postgres prints it */
export function parseLsn(text: string): Lsn {
  const slash = text.indexOf('/')
  return Number.parseInt(text.slice(0, slash), 16) * 0x1_0000_0000 + Number.parseInt(text.slice(slash + 1), 16)
}

/** The text of a position, as Postgres prints it. */
export function printLsn(lsn: Lsn): string {
  const high = Math.floor(lsn / 0x1_0000_0000)
  return `${high.toString(16)}/${(lsn % 0x1_0000_0000).toString(16)}`.toUpperCase()
}
