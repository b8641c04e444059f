import fc from 'fast-check'

/** Where the random programs begin: nothing for a new seed. */
export interface Replay {
  readonly seed?: number
  /** Leads to one scenario of the seed, as fast-check prints it: `3:0`. */
  readonly path?: string
}

const variable = 'BACKLOT_PROPERTY_SEED'

/**
 * What to run again: `<seed>`, or `<seed>/<path>` for the one scenario that failed.
 *
 * @throws Error for anything else, so that a mistyped seed is not taken for a new one
 */
export function replayFrom(env: Readonly<Record<string, string | undefined>>): Replay {
  const text = env[variable] ?? ''
  if (text === '') return {}
  const [, seed, path] = /^(-?\d+)(?:\/(\d+(?::\d+)*))?$/.exec(text) ?? []
  if (seed === undefined) throw new Error(`${variable}=${text} is no seed: write 1234, or 1234/3:0 for one scenario`)
  return { seed: Number(seed), ...(path !== undefined && { path }) }
}

/**
 * A reporter for fast-check: its own message, then the command that runs the failure again.
 *
 * @throws Error when the property does not hold
 */
export async function reportWithReplay<Values>(run: fc.RunDetails<Values>): Promise<void> {
  if (!run.failed) return
  const scenario = run.counterexamplePath === null ? '' : `/${run.counterexamplePath}`
  const again = `${variable}=${run.seed}${scenario} npx vitest run tests/integration/postgres-rewind/property.test.ts`
  const message = await fc.asyncDefaultReportMessage(run)
  throw new Error(`Run it again with: ${again}\n${message}`, { cause: run.errorInstance })
}
