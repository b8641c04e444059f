/** `2026-01-02 03:04:05.123456+00`, `2026-01-02`, each perhaps with ` BC`. */
const printed =
  /^(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?)?( BC)?$/

/**
 * Reads a date or timestamp as Postgres prints it with `DateStyle=ISO`; one without a zone is taken as UTC.
 *
 * @returns milliseconds since 1970 (microseconds are cut off, as drivers do); `±Infinity`; NaN for what it cannot read
 */
export function readDate(text: string): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY
  if (text === '-infinity') return Number.NEGATIVE_INFINITY
  const found = printed.exec(text)
  if (found === null) return Number.NaN
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', sign, zoneHour, zoneMinute, , bc] =
    found
  const date = new Date(0)
  date.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)))
  const offset = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * 60_000
  return date.getTime() - (sign === '-' ? -offset : offset)
}

function pad(number: number, width = 2): string {
  return String(number).padStart(width, '0')
}

/** A moment in UTC as Postgres reads it, years before 1 and after 9999 included. */
export function writeUtc(date: Date): string {
  const year = date.getUTCFullYear()
  const day = `${pad(year < 1 ? 1 - year : year, 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`
  return `${day} ${time}.${pad(date.getUTCMilliseconds(), 3)}+00${year < 1 ? ' BC' : ''}`
}

/** The same moment as the clock on the wall shows it here, without a zone: so node-postgres writes it into a `timestamp`. */
export function writeLocal(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return writeUtc(shifted).replace('+00', '')
}
