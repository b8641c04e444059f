import { BacklotError, nearest } from '../../errors/index.ts'
import { type Duration, defaultDeadlineMs, parseDuration } from '../../wait/index.ts'
import { partsOf } from '../parts.ts'
import { openScratch } from '../scratch.ts'
import { type Claims, readClaims } from '../security/claims.ts'
import type { IsolationLevel } from './contract.ts'
import { roleConnection, runScript } from './interleave.ts'
import {
  type OnCopy,
  type ReadTrial,
  serialStates,
  tryBoth,
  tryDirtyRead,
  tryReadTwice,
  type Verdict,
  type WriteTrial,
} from './trials.ts'

/** What to try, with statements of your own. What is not named is not tried. */
export interface PhenomenaTrials {
  /** `write` is not committed when `read` runs. */
  readonly 'dirty read'?: ReadTrial
  /** `read` runs before and after `write` was committed by another transaction, which changes a row. */
  readonly 'non-repeatable read'?: ReadTrial
  /** The same, where `write` adds or removes rows that `read` asks for. */
  readonly 'phantom read'?: ReadTrial
  /** Two transactions read the same and then write by what they read. */
  readonly 'lost update'?: WriteTrial
  /** Two transactions read what the other one writes. */
  readonly 'write skew'?: WriteTrial
}

/** The name of a phenomenon. */
export type Phenomenon = keyof PhenomenaTrials

/** What {@link phenomena} found: for each level and phenomenon that was tried, what becomes of it. */
export type PhenomenaTable = Readonly<Partial<Record<IsolationLevel, Readonly<Partial<Record<Phenomenon, Verdict>>>>>>

/** Options of {@link phenomena}. */
export interface PhenomenaOptions {
  /** Default: all three. */
  readonly levels?: readonly IsolationLevel[]
  /** Role of the sessions: the app's (default), or the owner of the schema. */
  readonly as?: 'app' | 'owner'
  /** Settings of the sessions, as in `db.as`: `{ 'app.user_id': 7 }`. Default: none. */
  readonly claims?: Claims
  /** How long a statement may run or wait. Default: 5 s. */
  readonly timeout?: Duration
}

const allLevels: readonly IsolationLevel[] = ['read committed', 'repeatable read', 'serializable']
const names: readonly Phenomenon[] = ['dirty read', 'non-repeatable read', 'phantom read', 'lost update', 'write skew']

function checkNames(trials: PhenomenaTrials): void {
  const known: readonly string[] = names
  for (const name of Object.keys(trials)) {
    if (known.includes(name)) continue
    const near = nearest(name, names)
    throw new BacklotError('BACKLOT_USAGE', `phenomena knows no "${name}"`, {
      hint: near === undefined ? `it tries: ${names.join(', ')}` : `did you mean '${near}'?`,
    })
  }
}

type Try = (level: IsolationLevel, onCopy: OnCopy) => Promise<Verdict>

async function triesOf(trials: PhenomenaTrials, onCopy: OnCopy): Promise<readonly (readonly [Phenomenon, Try])[]> {
  const found: (readonly [Phenomenon, Try])[] = []
  for (const name of names) {
    if (name === 'lost update' || name === 'write skew') {
      const trial = trials[name]
      if (trial === undefined) continue
      const serial = await serialStates(trial, onCopy)
      found.push([name, (level, copy) => tryBoth(trial, serial, level, copy)])
      continue
    }
    const trial = trials[name]
    if (trial === undefined) continue
    const attempt = name === 'dirty read' ? tryDirtyRead : tryReadTwice
    found.push([name, (level, copy) => attempt(trial, level, copy)])
  }
  return found
}

/**
 * Tries the classic schedule of each phenomenon on your own statements, under each isolation level, and says which of them happen.
 *
 * Every trial runs on a copy of the database as it is now (isolation `rewind`; else as the baseline), so that nothing is left in the
 * test's own. Whether an update was lost or a write skewed is found by comparing the state in the end with those that the same
 * transactions leave one after the other.
 *
 * @param db a Postgres service of the config
 * @throws BacklotError `BACKLOT_USAGE` for an unknown phenomenon; whatever a statement fails with, unless it is one that the server
 *   refuses on account of the other transaction: that is part of the answer
 *
 * @example
 * ```ts
 * const found = await phenomena(db, {
 *   'lost update': {
 *     read: (sql) => sql`SELECT balance FROM accounts WHERE id = 1`,
 *     write: (sql, [row]) => sql`UPDATE accounts SET balance = ${Number(row?.balance) + 10} WHERE id = 1`,
 *     check: (sql) => sql`SELECT balance FROM accounts WHERE id = 1`,
 *   },
 * })
 * expect(found['read committed']).toEqual({ 'lost update': 'happens' })
 * expect(found['repeatable read']).toEqual({ 'lost update': 'error 40001' })
 * ```
 */
export async function phenomena(
  db: object,
  trials: PhenomenaTrials,
  options: PhenomenaOptions = {},
): Promise<PhenomenaTable> {
  checkNames(trials)
  const parts = partsOf(db, 'phenomena')
  const of = parts.info().isolation === 'rewind' ? 'current' : 'baseline'
  const timeoutMs = parseDuration(options.timeout ?? defaultDeadlineMs, 'timeout')
  const settings = readClaims(options.claims)
  const onCopy: OnCopy = async (script) => {
    await using copy = await openScratch(parts, { of })
    const connection = roleConnection(copy.info, options.as)
    const { result } = await runScript(
      { info: copy.info, connection, names: ['reader', 'writer'], settings, timeoutMs },
      script,
    )
    return result
  }
  const tries = await triesOf(trials, onCopy)
  const table: Partial<Record<IsolationLevel, Partial<Record<Phenomenon, Verdict>>>> = {}
  for (const level of options.levels ?? allLevels) {
    const row: Partial<Record<Phenomenon, Verdict>> = {}
    for (const [name, attempt] of tries) row[name] = await attempt(level, onCopy)
    table[level] = row
  }
  return table
}
