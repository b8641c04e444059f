import type { Client } from 'pg'
import { BacklotError, nearest } from '../../errors/index.ts'
import { type Duration, formatDuration, parseDuration, realTimers } from '../../wait/index.ts'
import { connect } from '../client.ts'
import { ownApplicationName } from '../contract.ts'
import type { PostgresHandle } from '../handle.ts'
import { type HandleParts, partsOf } from '../parts.ts'
import type { ScratchOptions } from '../scratch.ts'
import { type DatabaseCopy, openCopy } from './copy.ts'
import { type PolicyMutant, readMutants } from './policy-mutants.ts'
import { type KilledMutant, type PolicyMutation, policyMutation } from './policy-report.ts'

/** What the policies should guarantee: rejects or throws when they do not. */
export type PolicyCheck<Database> = (copy: DatabaseCopy<Database>) => unknown

/** Options of {@link mutatePolicies}. */
export interface MutatePoliciesOptions {
  /** Tables whose policies are mutated, as reports call them: `['notes']`. Default: all with row-level security. */
  readonly tables?: readonly string[]
  /** What each copy starts as, see `scratch`. Default: `current`, with what the test has written. */
  readonly of?: ScratchOptions['of']
  /** How long the check may take on one copy; on a mutant that is longer, it counts as killed. Default: 30 s. */
  readonly timeout?: Duration
}

/** What a check came to on one copy. */
type Verdict = { readonly passed: true } | { readonly passed: false; readonly error: unknown }

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n').find((line) => line.trim() !== '') ?? 'no message'
}

async function verdictOf(check: () => unknown, deadlineMs: number): Promise<Verdict> {
  let callOff = (): void => {}
  const late = new Promise<Verdict>((resolve) => {
    callOff = realTimers.after(deadlineMs, () => {
      const error = new BacklotError('BACKLOT_TIMEOUT', `the check took longer than ${formatDuration(deadlineMs)}`, {
        hint: "give it more: mutatePolicies(db, check, { timeout: '1 min' })",
      })
      resolve({ passed: false, error })
    })
  })
  const done = (async (): Promise<Verdict> => {
    try {
      await check()
      return { passed: true }
    } catch (error) {
      return { passed: false, error }
    }
  })()
  try {
    return await Promise.race([done, late])
  } finally {
    callOff()
  }
}

/** Runs the check on a copy of its own, which is changed before. */
async function checkOnCopy<Database>(
  parts: HandleParts,
  check: PolicyCheck<Database>,
  options: { readonly of: ScratchOptions['of']; readonly deadlineMs: number },
  change: (client: Client) => Promise<unknown>,
): Promise<Verdict> {
  const { copy, parts: own, close } = await openCopy<Database>(parts, { of: options.of ?? 'current' })
  try {
    const client = await connect(own.info().owner, { applicationName: `${ownApplicationName}mutation` })
    await change(client).finally(() => client.end())
    return await verdictOf(() => check(copy), options.deadlineMs)
  } finally {
    await close()
  }
}

function choose(mutants: readonly PolicyMutant[], tables: readonly string[] | undefined): readonly PolicyMutant[] {
  if (mutants.length === 0) {
    throw new BacklotError('BACKLOT_USAGE', 'no table has row-level security, so there is nothing to mutate', {
      hint: 'ALTER TABLE ... ENABLE ROW LEVEL SECURITY; in a migration',
    })
  }
  const known = [...new Set(mutants.map(({ table }) => table))]
  for (const table of tables ?? []) {
    if (known.includes(table)) continue
    const near = nearest(table, known)
    throw new BacklotError('BACKLOT_USAGE', `no table ${table} has row-level security`, {
      hint: near === undefined ? `these have: ${known.join(', ')}` : `did you mean ${near}?`,
    })
  }
  return tables === undefined ? mutants : mutants.filter(({ table }) => tables.includes(table))
}

/**
 * Shows which policies a check would miss: each mutant of the row-level security is made on a copy of the database, and the check runs
 * against it. Mutants are: row-level security disabled, or no longer forced on the owner; a policy dropped; its `USING` or `WITH CHECK`
 * inverted, or true. A check that fails has noticed (killed) the mutant.
 *
 * @param db a Postgres service of the config
 * @param check asserts what the policies should guarantee, on the copy that it is given
 * @returns a probe with `toHaveNoSurvivors`; `killed` and `survived` name the mutants
 * @throws BacklotError `BACKLOT_USAGE` when the check fails on a copy without a mutation, or there is nothing to mutate; what
 *   `scratch` throws
 *
 * @example
 * ```ts
 * const mutation = await mutatePolicies(db, async (copy) => {
 *   const genesis = copy.as('app', { claims: { 'app.agent': 'genesis' } })
 *   expect(await genesis`SELECT DISTINCT agent FROM notes`).toEqual([{ agent: 'genesis' }])
 * })
 * expect(mutation).toHaveNoSurvivors()
 * ```
 */
export async function mutatePolicies<Database>(
  db: PostgresHandle<Database>,
  check: PolicyCheck<Database>,
  options: MutatePoliciesOptions = {},
): Promise<PolicyMutation> {
  const parts = partsOf(db, 'mutatePolicies')
  const on = { of: options.of, deadlineMs: parseDuration(options.timeout ?? '30 s', 'timeout') }
  let mutants: readonly PolicyMutant[] = []
  const unmutated = await checkOnCopy(parts, check, on, async (client) => {
    mutants = choose(await readMutants(client), options.tables)
  })
  if (!unmutated.passed) {
    throw new BacklotError('BACKLOT_USAGE', `the check fails without a mutation: ${firstLine(unmutated.error)}`, {
      hint: 'it must pass on a plain copy of the database, which is what it was given',
      cause: unmutated.error,
    })
  }
  const killed: KilledMutant[] = []
  const survived: PolicyMutant[] = []
  for (const mutant of mutants) {
    const verdict = await checkOnCopy(parts, check, on, (client) => client.query(mutant.statement))
    if (verdict.passed) survived.push(mutant)
    else killed.push({ ...mutant, by: firstLine(verdict.error) })
  }
  return policyMutation(killed, survived)
}
