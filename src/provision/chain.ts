import type { ProviderReport } from '../contracts/index.ts'
import { BacklotError, isBacklotError } from '../errors/index.ts'

/** Why a link cannot serve, and how it could. */
export interface Missing {
  readonly missing: string
  readonly hint: string
}

/** One way to obtain something. */
export interface Link<T> {
  /** As `backlot doctor` shows it: `BACKLOT_DB_URL`, `cache`, `npm registry`, `container`. */
  readonly name: string
  /** Whether it could serve, found out cheaply: nothing is fetched or started. */
  look(): Promise<{ readonly serves: string } | Missing>
  /** Serves, or says what is missing. An error means that it should have been able to. */
  tryObtain(): Promise<{ readonly value: T } | Missing>
}

/** Faults that the next link would only hide: the user has to mend them. */
const atOnce = ['BACKLOT_DISK_FULL', 'BACKLOT_CACHE_UNUSABLE', 'BACKLOT_RIGHTS_MISSING'] as const

/**
 * Tries each link in turn.
 *
 * @param what what is to be obtained, for messages: `PostgreSQL 18`
 * @throws BACKLOT_PROVIDER_EXHAUSTED with every link's reason; when a link failed that should have served, its error
 * with every link's reason; it alone where it was the only link
 */
export async function obtain<T>(
  what: string,
  links: readonly Link<T>[],
): Promise<{ readonly value: T; readonly link: string }> {
  const reasons: string[] = []
  let failure: BacklotError | undefined
  let hint: string | undefined
  for (const link of links) {
    try {
      const answer = await link.tryObtain()
      if ('value' in answer) return { value: answer.value, link: link.name }
      reasons.push(`  ${link.name}: ${answer.missing}; ${answer.hint}`)
      hint ??= answer.hint
    } catch (error) {
      if (!isBacklotError(error) || atOnce.some((code) => code === error.code)) throw error
      reasons.push(`  ${link.name}: ${error.summary}; ${error.hint}`)
      failure ??= error
    }
  }
  const details = reasons.join('\n')
  if (failure !== undefined && reasons.length === 1) throw failure
  if (failure !== undefined) {
    const more = failure.details === undefined ? details : `${failure.details}\n${details}`
    throw new BacklotError(failure.code, failure.summary, { hint: failure.hint, details: more, cause: failure })
  }
  throw new BacklotError('BACKLOT_PROVIDER_EXHAUSTED', `nothing could provide ${what}`, {
    hint: hint ?? 'npx backlot doctor',
    details,
  })
}

/** What each link would do, for `backlot doctor`. */
export async function inspect(links: readonly Link<unknown>[]): Promise<readonly ProviderReport[]> {
  return Promise.all(
    links.map(async (link): Promise<ProviderReport> => {
      try {
        const answer = await link.look()
        if ('serves' in answer) return { link: link.name, serves: true, finding: answer.serves }
        return { link: link.name, serves: false, finding: answer.missing, hint: answer.hint }
      } catch (error) {
        if (isBacklotError(error)) return { link: link.name, serves: false, finding: error.summary, hint: error.hint }
        throw error
      }
    }),
  )
}
