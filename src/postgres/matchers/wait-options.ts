import type { MatcherContext } from '../../contracts/index.ts'
import { BacklotError, nearest } from '../../errors/index.ts'
import { type Duration, defaultDeadlineMs, parseDuration } from '../../wait/index.ts'

/** How long a matcher waits; the last argument of each. */
export interface WaitingOptions {
  /** Deadline: milliseconds, or text such as `'5 s'`. Default: 5 s. */
  readonly timeout?: Duration
  /** Once it stands it must go on standing for so long: for what no service can see coming, such as a timer in the app. Default: 0. */
  readonly holdsFor?: Duration
}

/** The same in milliseconds. */
export interface Waiting {
  readonly deadlineMs: number
  readonly holdsForMs: number
}

/**
 * Reads the last argument of a matcher.
 *
 * @param further names of options that the matcher has besides
 * @throws BacklotError `BACKLOT_CONFIG_INVALID`
 */
export function readWaiting(
  context: MatcherContext,
  matcher: string,
  options: WaitingOptions | undefined,
  further: readonly string[] = [],
): Waiting {
  const names = ['timeout', 'holdsFor', ...further]
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `the options of ${matcher} are not an object`, {
      hint: "write them last, for example { timeout: '10 s' }",
    })
  }
  for (const key of Object.keys(options ?? {})) {
    if (names.includes(key)) continue
    const near = nearest(key, names)
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `${matcher} has no option ${key}`, {
      hint: near === undefined ? `its options are: ${names.join(', ')}` : `did you mean ${near}?`,
    })
  }
  return {
    deadlineMs: parseDuration(options?.timeout ?? context.timeoutMs ?? defaultDeadlineMs, 'timeout'),
    holdsForMs: parseDuration(options?.holdsFor ?? 0, 'holdsFor'),
  }
}
