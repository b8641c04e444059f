import { BacklotError } from '../errors/index.ts'

/** A span of time: milliseconds as a number, or text such as `'500 ms'`, `'5 s'`, `'2 min'`. */
export type Duration = number | `${number}${'' | ' '}${'ms' | 's' | 'min'}`

const factors: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000 }

/**
 * Reads a span of time.
 *
 * @param duration milliseconds, or a number with one of the units ms, s, min; a space between them is optional
 * @param name what the user calls it, for the message: `timeout`
 * @returns milliseconds
 * @throws BacklotError `BACKLOT_CONFIG_INVALID` for another unit, a negative span or one that is not finite
 */
export function parseDuration(duration: unknown, name: string): number {
  const match = typeof duration === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min)\s*$/.exec(duration) : null
  const ms =
    typeof duration === 'number' ? duration : Number(match?.[1] ?? Number.NaN) * (factors[match?.[2] ?? ''] ?? 1)
  if (Number.isFinite(ms) && ms >= 0) return ms
  const shown = typeof duration === 'string' ? `'${duration}'` : String(duration)
  throw new BacklotError('BACKLOT_CONFIG_INVALID', `${name} is not a span of time: ${shown}`, {
    hint: `write milliseconds as a number, or '500 ms', '5 s', '2 min'`,
  })
}

/**
 * A span of time for a person: `12 ms`, `5 s`, `1.25 s`, `2 min`.
 *
 * @param ms milliseconds
 */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 119_500) return `${Number((ms / 1000).toFixed(2))} s`
  return `${Number((ms / 60_000).toFixed(1))} min`
}
