import fc from 'fast-check'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lab, type Lot, openLab } from './lab.ts'
import { attempt, type Program, programArbitrary, statementOf } from './property/program.ts'
import { type BuiltSchema, buildSchema, tableArbitrary } from './property/schema.ts'

/** To replay a failure, put the seed and the path here that it printed: `{ seed: 1, path: '3:0' }`. */
const replay: { seed?: number; path?: string } = {}

/** Schemas, each with so many programs one after the other on one lease. */
const schemas = 26
const programs = 20

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

const totals = { programs: 0, undone: 0, clean: 0, late: 0, nested: 0, rows: 0, accepted: 0, refused: 0 }

type State = ReadonlyMap<string, string>

/** Brings a session out of any transaction. */
const leave = (client: Client): Promise<boolean> => attempt(client, 'ROLLBACK')

/** Returns to the innermost mark and holds the whole database against what it was there. */
async function comeBack(lot: Lot, states: State[]): Promise<void> {
  const report = await lot.rewind.pop()
  expect(report, JSON.stringify(report)).toMatchObject({ how: expect.stringMatching(/clean|undone/), leaks: [] })
  totals[report.how === 'clean' ? 'clean' : 'undone'] += 1
  totals.rows += report.rows
  states.pop()
}

async function runProgram(lot: Lot, schema: BuiltSchema, program: Program, sessions: readonly Client[]): Promise<void> {
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
      await comeBack(lot, states)
      expect(await lot.checksums()).toEqual(at)
      continue
    }
    const accepted = await attempt(step.session === 0 ? first : second, statementOf(step, schema))
    totals[accepted ? 'accepted' : 'refused'] += 1
  }
  // A session in a transaction may wait for the other: both come to an end at once.
  await Promise.all([attempt(first, 'COMMIT'), attempt(second, 'COMMIT')])
  while (states.length > 1) await comeBack(lot, states)

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
    const popping = comeBack(lot, states)
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

const scenario = fc.tuple(
  fc.array(tableArbitrary, { minLength: 2, maxLength: 7 }),
  fc.array(programArbitrary, { minLength: programs, maxLength: programs }),
)

test(`${schemas * programs} random programs over ${schemas} random schemas leave nothing behind`, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ([specs, list]) => {
      const schema = buildSchema(specs)
      const lot = await lab.lot(await lab.template(schema.ddl))
      try {
        const sessions = [lot.app, await lot.connect(), await lot.connect()]
        // Two sessions that wait for each other's rows in a random program shall not wait long.
        for (const session of sessions)
          await session.query('SET lock_timeout = \'30ms\'; SET search_path = public, "od""d: schema"')
        for (const program of list) await runProgram(lot, schema, program, sessions)
      } finally {
        await lot.end()
      }
    }),
    { numRuns: schemas, endOnFailure: replay.seed === undefined, ...replay },
  )
  expect(totals.programs).toBeGreaterThanOrEqual(replay.seed === undefined ? schemas * programs : 1)
  // The programs must do something, or they prove nothing.
  expect(totals.undone).toBeGreaterThan(totals.programs / 2)
  expect(totals.accepted).toBeGreaterThan(totals.refused)
}, 300_000)
