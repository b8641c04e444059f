import { BacklotError } from '../../errors/index.ts'
import { type Duration, defaultDeadlineMs, parseDuration } from '../../wait/index.ts'
import type { Connection } from '../contract.ts'
import { connectionOf } from '../lease-info.ts'
import { type HandleParts, partsOf } from '../parts.ts'
import { type Claims, readClaims, type Settings } from '../security/claims.ts'
import type { InterleavedSession } from './contract.ts'
import { type InterleaveReport, reportOf } from './report.ts'
import { createSession, type SessionControl } from './session.ts'
import { createStage, type Stage } from './stage.ts'
import { openWatcher } from './watcher.ts'

/** Options of {@link interleave}. */
export interface InterleaveOptions<Name extends string = string> {
  /** What the sessions are called. Default: `a`, `b`, `c`, `d`. */
  readonly sessions?: readonly Name[]
  /** Role of the sessions: the app's (default), or the owner of the schema. */
  readonly as?: 'app' | 'owner'
  /** Settings of each session, as in `db.as`: `{ 'app.user_id': 7 }`. Default: none. */
  readonly claims?: Claims
  /** How long a statement may run or wait: milliseconds, or text such as `'10 s'`. Default: 5 s. */
  readonly timeout?: Duration
}

const defaultNames = ['a', 'b', 'c', 'd'] as const

/** A run on one database: the test's own, or a scratch database. */
export interface Run {
  readonly info: ReturnType<HandleParts['info']>
  readonly connection: Connection
  readonly names: readonly string[]
  readonly settings: Settings
  readonly timeoutMs: number
}

/** Ends what still waits before it rolls back what it waits for: a statement that is cut off must not be let through. */
async function endAll(stage: Stage, controls: readonly SessionControl[]): Promise<void> {
  await stage.close()
  const busy = stage.busy().map(({ name }) => name)
  for (const record of stage.records) {
    if (record.state === 'queued' || record.state === 'running') record.state = 'unfinished'
  }
  const ended = [true, false].map((first) => controls.filter(({ name }) => busy.includes(name) === first))
  for (const group of ended) await Promise.all(group.map((control) => control.end()))
}

/** A script of several sessions; `settle` resolves when every statement has ended or waits for a lock. */
export type Script<Result> = (
  sessions: Readonly<Record<string, InterleavedSession>>,
  settle: () => Promise<void>,
) => Promise<Result>

/** Runs a script of several sessions, and ends them whatever happens. */
export async function runScript<Result>(
  { info, connection, names, settings, timeoutMs }: Run,
  script: Script<Result>,
): Promise<{ readonly report: InterleaveReport; readonly result: Result }> {
  const watcher = openWatcher(info)
  const stage = createStage(watcher, timeoutMs)
  const controls: readonly SessionControl[] = names.map((name) => createSession(name, connection, stage, settings))
  for (const control of controls) stage.add(control)
  try {
    const sessions = Object.fromEntries(controls.map(({ name, session }) => [name, session]))
    const result = await script(sessions, () => stage.settle())
    // What was not awaited may still be on its way; only what waits for a lock is cut off.
    await stage.settle()
    await endAll(stage, controls)
    const unseen = stage.records.find(({ error, observed }) => error !== undefined && !observed)
    if (unseen !== undefined) throw unseen.error
    return { report: reportOf(stage.records), result }
  } finally {
    await endAll(stage, controls).finally(() => watcher.close())
  }
}

/** The connection of a role, as the options name it. */
export function roleConnection(info: Run['info'], as: InterleaveOptions['as']): Connection {
  return as === 'owner' ? info.owner : connectionOf(info.url)
}

/**
 * Runs statements of several sessions in the order in which they are written, and knows who waits for whom.
 *
 * A statement starts when every other session is idle or waits for a lock: so the order is the same in every run, and nothing
 * needs to sleep. Await a statement for its rows; leave it running to assert that it waits. At the end the sessions are rolled back
 * and closed. What they committed belongs to the test and is undone with it.
 *
 * @param db a Postgres service of the config
 * @param script is given the sessions by name: `a` to `d`, unless the options name others
 * @returns what each statement did, and the anomalies that the run shows
 * @throws BacklotError `BACKLOT_TIMEOUT` (from a statement) when it waits longer than the deadline, with who waits for whom;
 *   `BACKLOT_USAGE` under isolation `transaction`, where other sessions do not see what the test did. The error of a statement that
 *   failed and that nobody awaited or asserted on is thrown at the end.
 *
 * @example
 * ```ts
 * const run = await interleave(db, async ({ a, b }) => {
 *   await a.begin()
 *   await a.sql`UPDATE accounts SET balance = 0 WHERE id = 1`
 *   const update = b.sql`UPDATE accounts SET balance = 5 WHERE id = 1`
 *   await expect(update).toBeBlockedBy(a)
 *   await a.commit()
 *   await update
 * })
 * expect(run.anomalies).toEqual([])
 * ```
 */
export async function interleave<const Name extends string = (typeof defaultNames)[number]>(
  db: object,
  script: (sessions: { readonly [Key in Name]: InterleavedSession }) => Promise<unknown>,
  options: InterleaveOptions<Name> = {},
): Promise<InterleaveReport> {
  const info = partsOf(db, 'interleave').info()
  if (info.isolation === 'transaction') {
    throw new BacklotError('BACKLOT_USAGE', 'interleave needs sessions that see what the test did', {
      hint: "under isolation transaction nothing is ever committed: use isolation 'rewind' for this file",
    })
  }
  const names: readonly string[] = options.sessions ?? defaultNames
  if (new Set(names).size !== names.length || names.length === 0) {
    throw new BacklotError('BACKLOT_USAGE', 'the sessions of interleave need names that differ', {
      hint: "for example { sessions: ['reader', 'writer'] }",
    })
  }
  const run: Run = {
    info,
    connection: roleConnection(info, options.as),
    names,
    settings: readClaims(options.claims),
    timeoutMs: parseDuration(options.timeout ?? defaultDeadlineMs, 'timeout'),
  }
  // The names that the script is given are those of the options.
  const { report } = await runScript(run, (sessions) =>
    script(sessions as { readonly [Key in Name]: InterleavedSession }),
  )
  return report
}
