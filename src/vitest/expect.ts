import { type ExpectStatic, expect as vitestExpect } from 'vitest'
import { isProbe, matcherNames, type Probe, type ProbeAssertions, runMatcher } from '../expect/index.ts'

/**
 * Vitest's `expect`, which on a probe (`db.table('users')`, a response) shows that probe's matchers alone, and `.not`.
 */
export interface BacklotExpect extends ExpectStatic {
  <P extends Probe<object>>(probe: P): ProbeAssertions<P>
}

let registered = false

/** Registers every matcher of every probe with Vitest, once for each worker; the probe itself does the work. */
function registerMatchers(): void {
  if (registered) return
  registered = true
  const matchers = matcherNames.map((name) => [
    name,
    async function (this: { readonly isNot: boolean }, received: unknown, ...args: unknown[]) {
      if (!isProbe(received)) {
        return { pass: this.isNot, message: () => `${name} takes a probe, such as db.table('users')` }
      }
      return runMatcher(received, name, args, { not: this.isNot })
    },
  ])
  vitestExpect.extend(Object.fromEntries(matchers))
}

export function createExpect(): BacklotExpect {
  registerMatchers()
  return vitestExpect as BacklotExpect
}
