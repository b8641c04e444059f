import fc from 'fast-check'
import type { Client } from 'pg'
import type { BuiltSchema, BuiltTable } from './schema.ts'
import { sequence } from './schema.ts'
import { valueFor } from './values.ts'

/** One step of a program; numbers choose among what the schema has. */
export interface Step {
  readonly kind:
    | 'insert'
    | 'insert'
    | 'update'
    | 'update'
    | 'delete'
    | 'upsert'
    | 'swap'
    | 'copy'
    | 'merge'
    | 'nextval'
    | 'setval'
    | 'begin'
    | 'commit'
    | 'rollback'
    | 'savepoint'
    | 'rollback to'
    | 'mark'
    | 'return'
  readonly session: number
  readonly table: number
  readonly seed: number
}

/** What one test does, and what is under way when it ends. */
export interface Program {
  readonly steps: readonly Step[]
  /** `racing`: a transaction commits while the undo runs. `between`: one that nobody waited for. `late`: one begins after the end. */
  readonly straggler: 'none' | 'racing' | 'unawaited' | 'late'
  readonly stragglerSteps: readonly Step[]
}

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom<Step['kind'][]>(
    'insert',
    'insert',
    'insert',
    'update',
    'update',
    'update',
    'delete',
    'upsert',
    'swap',
    'copy',
    'merge',
    'nextval',
    'setval',
    'begin',
    'commit',
    'rollback',
    'savepoint',
    'rollback to',
    'mark',
    'return',
  ),
  session: fc.nat(1),
  table: fc.nat(100),
  seed: fc.nat(1_000_000),
})

const writeArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom<Step['kind'][]>('insert', 'update', 'delete', 'copy', 'nextval'),
  session: fc.constant(2),
  table: fc.nat(100),
  seed: fc.nat(1_000_000),
})

export const programArbitrary: fc.Arbitrary<Program> = fc.record({
  steps: fc.array(stepArbitrary, { minLength: 1, maxLength: 14 }),
  straggler: fc.constantFrom<Program['straggler'][]>('none', 'none', 'none', 'racing', 'unawaited', 'late'),
  stragglerSteps: fc.array(writeArbitrary, { minLength: 1, maxLength: 3 }),
})

const sequences = ['numbers', 'hoard', 'rest']

/** A few rows, chosen by a number, whatever the table is. */
function some(table: BuiltTable, seed: number): string {
  return `(tableoid, ctid) IN (SELECT tableoid, ctid FROM ${table.name} ORDER BY md5(base::text || ctid::text || '${seed}') LIMIT ${1 + (seed % 4)})`
}

/** The statement of a step. */
export function statementOf(step: Step, { tables }: BuiltSchema): string {
  const table = tables[step.table % tables.length]
  if (table === undefined) throw new Error('a schema has tables')
  const next = sequence(step.seed)
  const names = table.columns.map(({ name }) => name).join(', ')
  const row = (): string => table.columns.map(({ type, nullable }) => valueFor(type, next(), nullable)).join(', ')
  const rows = (): string => Array.from({ length: 1 + (next() % 3) }, () => `(${row()})`).join(', ')
  const sequenceName = sequences[step.seed % sequences.length] ?? 'numbers'
  switch (step.kind) {
    case 'insert':
      return `INSERT INTO ${table.name} (${names}) VALUES ${rows()}`
    case 'copy':
      return `INSERT INTO ${table.name} (${names}) SELECT ${names} FROM ${table.name} WHERE ${some(table, step.seed)}`
    case 'upsert':
      return `INSERT INTO ${table.name} (${names}) VALUES ${rows()} ON CONFLICT DO NOTHING`
    case 'update': {
      const column = table.columns[next() % table.columns.length] ?? { name: 'base', type: 'int', nullable: false }
      return `UPDATE ${table.name} SET ${column.name} = ${valueFor(column.type, next(), column.nullable)}, base = ${next() % 5} WHERE ${some(table, step.seed)}`
    }
    case 'swap':
      return table.hasSlot
        ? `UPDATE ${table.name} SET slot = 11 - slot WHERE slot BETWEEN 0 AND 11`
        : `UPDATE ${table.name} SET base = 1 - base WHERE ${some(table, step.seed)}`
    case 'merge':
      return `MERGE INTO ${table.name} AS t USING generate_series(0, 2) AS s(n) ON t.base = s.n AND t.up IS NULL
        WHEN MATCHED AND s.n = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET up = NULL, base = 2
        WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${row()})`
    case 'delete':
      return `DELETE FROM ${table.name} WHERE ${some(table, step.seed)}`
    case 'nextval':
      return `SELECT nextval('${sequenceName}') FROM generate_series(1, ${1 + (step.seed % 40)})`
    case 'setval':
      return `SELECT setval('${sequenceName}', ${1 + (step.seed % 50)}, ${step.seed % 2 === 0})`
    case 'savepoint':
      return 'SAVEPOINT s'
    case 'rollback to':
      return 'ROLLBACK TO s'
    default:
      return step.kind.toUpperCase()
  }
}

/** Errors that mean that the session is lost, and not that a statement of a random program was refused. */
const lost = /^(08|57P)/

/** Runs a statement; what the schema refuses is part of the game. */
export async function attempt(client: Client, text: string): Promise<boolean> {
  try {
    await client.query(text)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '08'
    if (lost.test(code)) throw error
    return false
  }
}
