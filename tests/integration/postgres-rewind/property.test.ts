import { expect, test } from 'vitest'
import { openLab } from './lab.ts'
import { replayFrom } from './property/replay.ts'
import { runPrograms } from './property/run.ts'

/** A failure prints the command that runs it again. */
const replay = replayFrom(process.env)

const schemas = 26
const programs = 20
/** Virtual generated columns came with PostgreSQL 18. */
const older = [16, 17] as const

async function prove(version: 16 | 17 | 18, schemas: number): Promise<void> {
  const lab = await openLab(version)
  try {
    const totals = await runPrograms(lab, { schemas, programs, virtual: version >= 18, replay })
    if (replay.seed !== undefined) return
    expect(totals.programs).toBe(schemas * programs)
    // The programs must do something, or they prove nothing.
    expect(totals.undone).toBeGreaterThan(totals.programs / 2)
    expect(totals.accepted).toBeGreaterThan(totals.refused)
  } finally {
    await lab.stop()
  }
}

test(
  `${schemas * programs} random programs over ${schemas} random schemas leave nothing behind`,
  { timeout: 300_000 },
  () => prove(18, schemas),
)

test.each(older)('nor do they on PostgreSQL %i', { timeout: 300_000 }, (version) => prove(version, 5))
