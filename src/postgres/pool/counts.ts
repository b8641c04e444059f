import { BacklotError } from '../../errors/index.ts'
import { display, isAsymmetric } from '../../expect/index.ts'

/** Numbers of connections; each may be an asymmetric matcher. What is not named does not matter. */
export interface ConnectionCounts {
  /** Open, or being opened. */
  readonly total?: unknown
  /** Open and not in use. */
  readonly idle?: unknown
  /** Callers that wait for one. */
  readonly waiting?: unknown
}

const countNames = ['total', 'idle', 'waiting'] as const

/**
 * Checks the numbers that `toHaveConnections` was given.
 *
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function readCounts(counts: unknown): readonly (readonly [(typeof countNames)[number], unknown])[] {
  const given = typeof counts === 'object' && counts !== null ? Object.entries(counts) : []
  const known = given.flatMap(([name, expected]) => {
    const found = countNames.find((one) => one === name)
    return found === undefined ? [] : [[found, expected] as const]
  })
  if (known.length > 0 && known.length === given.length) return known
  throw new BacklotError('BACKLOT_USAGE', `toHaveConnections takes numbers of connections, not ${display(counts)}`, {
    hint: 'name some of total, idle and waiting: toHaveConnections({ total: 5, idle: 0 })',
  })
}

/** Whether a number is as expected. */
export function equal(actual: number | undefined, expected: unknown): boolean {
  return isAsymmetric(expected) ? expected.asymmetricMatch(actual) : actual === expected
}
