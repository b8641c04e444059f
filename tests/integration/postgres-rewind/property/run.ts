import fc from 'fast-check'
import type { Client } from 'pg'
import { expect } from 'vitest'
import type { Lab, Lot } from '../lab.ts'
import { attempt, type Program, programArbitrary, statementOf } from './program.ts'
import { type Replay, reportWithReplay } from './replay.ts'
import { type BuiltSchema, buildSchema, tableArbitrary } from './schema.ts'

/** How much a run of random programs did. */
export interface Totals {
  programs: number
  undone: number
  clean: number
  late: number
  nested: number
  rows: number
  accepted: number
  refused: number
}

/** How much to run, and on what. */
export interface RunOptions {
  /** Schemas, each with so many programs one after the other on one lease. */
  readonly schemas: number
  readonly programs: number
  /** Whether the server knows virtual generated columns (from PostgreSQL 18). */
  readonly virtual: boolean
  readonly replay: Replay
}

type State = ReadonlyMap<string, string>

/** Brings a session out of any transaction. */
const leave = (client: Client): Promise<boolean> => attempt(client, 'ROLLBACK')

/** Returns to the innermost mark and holds the whole database against what it was there. */
async function comeBack(lot: Lot, states: State[], totals: Totals): Promise<void> {
  const report = await lot.rewind.pop()
  expect(report, JSON.stringify(report)).toMatchObject({ how: expect.stringMatching(/clean|undone/), leaks: [] })
  totals[report.how === 'clean' ? 'clean' : 'undone'] += 1
  totals.rows += report.rows
  states.pop()
}

async function runProgram(
  lot: Lot,
  schema: BuiltSchema,
  program: Program,
  sessions: readonly Client[],
  totals: Totals,
): Promise<void> {
  const [first, second, straggler] = sessions
  if (first === undefined || second === undefined || straggler === undefined) throw new Error('three sessions')
  await lot.rewind.push('test', 'nothing')
  const baseline = await lot.checksums()
  const states: State[] = [baseline]
  for (const step of program.steps) {
    if (step.kind === 'mark' || step.kind === 'return') {
      if (step.kind === 'return' && states.length < 2) continue
      // A boundary between tests: nothing is left open on purpose here.
      await Promise.all([leave(first), leave(second)])
      if (step.kind === 'mark') {
        await lot.rewind.push('nested', 'setup')
        states.push(await lot.checksums())
        totals.nested += 1
        continue
      }
      const at = states.at(-1)
      await comeBack(lot, states, totals)
      expect(await lot.checksums()).toEqual(at)
      continue
    }
    const accepted = await attempt(step.session === 0 ? first : second, statementOf(step, schema))
    totals[accepted ? 'accepted' : 'refused'] += 1
  }
  // A session in a transaction may wait for the other: both come to an end at once.
  await Promise.all([attempt(first, 'COMMIT'), attempt(second, 'COMMIT')])
  while (states.length > 1) await comeBack(lot, states, totals)

  const statements = program.stragglerSteps.map((step) => statementOf(step, schema))
  const write = async (): Promise<void> => {
    for (const text of statements) await attempt(straggler, text)
  }
  let under: Promise<unknown> = Promise.resolve()
  if (program.straggler === 'racing') {
    await attempt(straggler, 'BEGIN')
    await write()
    const popping = lot.rewind.pop()
    under = attempt(straggler, 'COMMIT')
    states.pop()
    expect(await popping).toMatchObject({ how: expect.stringMatching(/clean|undone/), leaks: [] })
  } else {
    if (program.straggler === 'unawaited') under = write()
    const popping = comeBack(lot, states, totals)
    if (program.straggler === 'late') under = write()
    await popping
  }
  await under
  totals.programs += 1
  // What came after the end is undone and reported at the next boundary.
  const leaks = await lot.rewind.push('next', 'nothing')
  expect(lot.rewind.replacement()?.reason).toBeUndefined()
  if (program.straggler === 'none') expect(leaks).toEqual([])
  for (const leak of leaks) expect(leak.kind).toBe('late write')
  totals.late += leaks.length
  const now = await lot.checksums()
  expect([...now].filter(([name, sum]) => baseline.get(name) !== sum)).toEqual([])
  expect(await lot.rewind.pop()).toMatchObject({ how: 'clean' })
}

/** Runs the statements of a program one after the other, without its marks. */
async function runPlainly(client: Client, schema: BuiltSchema, { steps }: Program): Promise<void> {
  for (const step of steps) {
    if (step.kind !== 'mark' && step.kind !== 'return') await attempt(client, statementOf(step, schema))
  }
  await attempt(client, 'COMMIT')
}

/** Moves to a fresh clone in the middle: what the outer marks wrote is written again, and can be undone there. */
async function moveOn(
  lab: Lab,
  template: string,
  old: Lot,
  schema: BuiltSchema,
  programs: readonly Program[],
): Promise<void> {
  const states: State[] = []
  for (const program of programs) {
    await old.rewind.push('outer', 'setup')
    states.push(await old.checksums())
    await runPlainly(old.app, schema, program)
  }
  const { frames } = await old.rewind.abandon('to see whether it can be made again')
  const fresh = await lab.lot(template)
  try {
    await fresh.rewind.replay(frames)
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      expect(await fresh.checksums()).toEqual(state)
      if (fresh.rewind.depth() > 0) {
        expect(await fresh.rewind.pop()).toMatchObject({ how: expect.stringMatching(/clean|undone/), leaks: [] })
      }
    }
  } finally {
    await fresh.end()
  }
}

/**
 * Runs random programs over random schemas; after each the whole database must be what it was before.
 *
 * @throws Error with the command that runs the first failure again
 */
export async function runPrograms(lab: Lab, options: RunOptions): Promise<Totals> {
  const totals: Totals = { programs: 0, undone: 0, clean: 0, late: 0, nested: 0, rows: 0, accepted: 0, refused: 0 }
  const count = { minLength: options.programs, maxLength: options.programs }
  const scenario = fc.tuple(fc.array(tableArbitrary, { minLength: 2, maxLength: 7 }), fc.array(programArbitrary, count))
  await fc.assert(
    fc.asyncProperty(scenario, async ([specs, programs]) => {
      const schema = buildSchema(specs, options.virtual)
      const template = await lab.template(schema.ddl)
      const lot = await lab.lot(template)
      try {
        const sessions = [lot.app, await lot.connect(), await lot.connect()]
        // Two sessions that wait for each other's rows in a random program shall not wait long.
        const settings = 'SET lock_timeout = \'30ms\'; SET search_path = public, "od""d: schema"'
        for (const session of sessions) await session.query(settings)
        for (const program of programs) await runProgram(lot, schema, program, sessions, totals)
        await moveOn(lab, template, lot, schema, programs.slice(0, 3))
      } finally {
        await lot.end()
      }
    }),
    {
      numRuns: options.schemas,
      // A replay looks for a smaller scenario that fails too, for as long.
      ...(options.replay.seed === undefined ? { endOnFailure: true } : { skipAllAfterTimeLimit: 60_000 }),
      asyncReporter: reportWithReplay,
      ...options.replay,
    },
  )
  return totals
}
