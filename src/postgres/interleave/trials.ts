import { isDeepStrictEqual } from 'node:util'
import type { IsolationLevel } from './contract.ts'
import type { Script } from './interleave.ts'
import { type ReadThenWrite, type Rows, runSideBySide, type Statement } from './programs.ts'

/** What becomes of a phenomenon under an isolation level; `error 40001`: a transaction is refused with this SQLSTATE. */
export type Verdict = 'happens' | 'prevented' | `error ${string}`

/** One transaction reads while another writes. */
export interface ReadTrial {
  readonly read: Statement
  readonly write: Statement
}

/** Two transactions read, and then write by what they have read. */
export interface WriteTrial extends ReadThenWrite {
  /** The second transaction. Default: the same as the first. */
  readonly second?: ReadThenWrite
  /** Reads the state in the end, which is compared with what the transactions give one after the other. */
  readonly check: Statement
}

/** Runs a script on a fresh copy of the database. */
export type OnCopy = <Result>(script: Script<Result>) => Promise<Result>

function session<Session>(sessions: Readonly<Record<string, Session>>, name: string): Session {
  const found = sessions[name]
  if (found === undefined) throw new Error(`there is no session ${name}`)
  return found
}

/** Does a transaction see what another has written and not committed? */
export function tryDirtyRead({ read, write }: ReadTrial, level: IsolationLevel, onCopy: OnCopy): Promise<Verdict> {
  return onCopy(async (sessions) => {
    const [reader, writer] = [session(sessions, 'reader'), session(sessions, 'writer')]
    const before = await read(reader.sql)
    await writer.begin(level)
    await write(writer.sql)
    await reader.begin(level)
    // A read that takes locks waits for the writer's end; then it has seen nothing before it.
    const reading = read(reader.sql).then((rows): Rows => rows)
    void writer.rollback()
    return isDeepStrictEqual(await reading, before) ? 'prevented' : 'happens'
  })
}

/** Does a transaction that reads twice see what another has committed in between? */
export function tryReadTwice({ read, write }: ReadTrial, level: IsolationLevel, onCopy: OnCopy): Promise<Verdict> {
  return onCopy(async (sessions) => {
    const [reader, writer] = [session(sessions, 'reader'), session(sessions, 'writer')]
    await reader.begin(level)
    const first = await read(reader.sql)
    await writer.begin(level)
    // Neither is awaited: where the first read took locks, they wait for the reader's end.
    const writing = Promise.all([write(writer.sql), writer.commit()])
    const second = await read(reader.sql)
    await reader.commit()
    await writing
    return isDeepStrictEqual(second, first) ? 'prevented' : 'happens'
  })
}

/** What two transactions give one after the other, in one order. */
function runSerially(order: readonly ReadThenWrite[], { check }: WriteTrial, onCopy: OnCopy): Promise<Rows> {
  return onCopy(async (sessions, settle) => {
    for (const transaction of order) {
      await runSideBySide('read committed', [[session(sessions, 'reader'), transaction]], settle)
    }
    return check(session(sessions, 'reader').sql)
  })
}

/** The states that two transactions may leave: those that they leave one after the other, in either order. */
export async function serialStates(trial: WriteTrial, onCopy: OnCopy): Promise<readonly Rows[]> {
  const { second } = trial
  if (second === undefined) return [await runSerially([trial, trial], trial, onCopy)]
  return [await runSerially([trial, second], trial, onCopy), await runSerially([second, trial], trial, onCopy)]
}

/** Do two transactions side by side leave a state that they could not leave one after the other? */
export function tryBoth(
  trial: WriteTrial,
  serial: readonly Rows[],
  level: IsolationLevel,
  onCopy: OnCopy,
): Promise<Verdict> {
  return onCopy<Verdict>(async (sessions, settle) => {
    const [first, second] = [session(sessions, 'reader'), session(sessions, 'writer')]
    const [refused] = await runSideBySide(
      level,
      [
        [first, trial],
        [second, trial.second ?? trial],
      ],
      settle,
    )
    if (refused !== undefined) return `error ${refused}`
    const state = await trial.check(first.sql)
    return serial.some((expected) => isDeepStrictEqual(state, expected)) ? 'prevented' : 'happens'
  })
}
