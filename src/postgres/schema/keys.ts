import { type Demand, namesDemand, telling, textDemand, unspoken, valueDemand } from './demand.ts'
import type { ForeignKeyExpectation, UniqueExpectation } from './expectations.ts'
import { isExpression } from './expression.ts'
import { indexLine } from './lines.ts'
import type { ConstraintShape, TableShape } from './shape.ts'

/** What makes columns unique: a primary key, a unique constraint or a unique index. */
export interface Key {
  readonly name: string
  readonly columns: readonly string[]
  readonly predicate: string | null
  readonly nullsNotDistinct: boolean
  readonly line: string
}

/** Every valid unique index of a table: the primary key and unique constraints have one each. */
export function keysOf(shape: TableShape): readonly Key[] {
  return shape.indexes.flatMap((index) => {
    if (!index.unique || !index.valid) return []
    const constraint = shape.constraints.find(({ name }) => name === index.constraint)
    return {
      name: constraint?.name ?? index.name,
      columns: index.columns.map(({ text }) => text),
      predicate: index.predicate,
      nullsNotDistinct: index.nullsNotDistinct,
      line: `${constraint?.name ?? index.name}: ${constraint?.definition ?? indexLine(index)}`,
    }
  })
}

/** Columns of a key in any order; expressions as Postgres prints them. */
function columnsDemand(columns: readonly string[]): readonly Demand<Key>[] {
  const has = (all: readonly string[], one: string): boolean =>
    all.some((each) => each === one || isExpression(one, each))
  return [
    {
      name: 'columns',
      wanted: columns.join(', '),
      tells: true,
      met: (key) => key.columns.length === columns.length && columns.every((column) => has(key.columns, column)),
      found: (key) => key.columns.join(', '),
    },
  ]
}

/** What `toHaveUnique` asks of a key; a partial one does only if the test names its predicate. */
/** What `toHaveUnique` demands of a key. */
export function uniqueDemands(columns: readonly string[], expected: UniqueExpectation): readonly Demand<Key>[] {
  const { name, predicate, nullsNotDistinct } = expected
  return [
    ...columnsDemand(columns),
    ...textDemand<Key>('name', name, (key) => key.name),
    // What is unique among some rows is not unique.
    ...(predicate === undefined
      ? unspoken(textDemand<Key>('predicate', null, (key) => key.predicate))
      : textDemand<Key>('predicate', predicate, (key) => key.predicate, isExpression)),
    ...valueDemand<Key, boolean>('nulls not distinct', nullsNotDistinct, (key) => key.nullsNotDistinct),
  ]
}

/** What `toHavePrimaryKey` asks of the key of a table. Without `columns`: that there is one. */
/** What `toHavePrimaryKey` demands of the primary key. */
export function primaryKeyDemands(
  columns: readonly string[] | undefined,
  name: string | RegExp | undefined,
): readonly Demand<ConstraintShape>[] {
  return [
    ...namesDemand<ConstraintShape>('columns', columns, (key) => key.columns, false),
    ...textDemand<ConstraintShape>('name', name, (key) => key.name),
  ]
}

/**
 * What `toHaveForeignKey` demands of a foreign key.
 *
 * @param columns the referring columns, in the order of those they refer to
 * @param references the table referred to, quoted with its schema and as a message shows it
 */
export function foreignKeyDemands(
  columns: readonly string[],
  references: { readonly sql: string; readonly shown: string } | undefined,
  expected: ForeignKeyExpectation,
): readonly Demand<ConstraintShape>[] {
  const { column } = expected
  const targets = typeof column === 'string' ? [column] : column
  const pairs = (from: readonly string[], to: readonly string[]): string =>
    from
      .map((name, index) => `${name} ${to[index] ?? ''}`)
      .toSorted()
      .join(', ')
  return [
    ...telling(namesDemand<ConstraintShape>('columns', columns, (key) => key.columns, false)),
    ...textDemand<ConstraintShape>('name', expected.name, (key) => key.name),
    ...(references === undefined
      ? []
      : [
          {
            name: 'references',
            wanted: references.shown,
            met: (key: ConstraintShape) => key.references?.sql === references.sql,
            found: (key: ConstraintShape) => key.references?.shown ?? 'none',
          },
        ]),
    ...(targets === undefined
      ? []
      : [
          {
            name: targets.length === 1 ? 'column' : 'columns there',
            wanted: targets.join(', '),
            met: (key: ConstraintShape) =>
              pairs(key.columns, key.references?.columns ?? []) === pairs(columns, targets),
            found: (key: ConstraintShape) => key.references?.columns.join(', ') ?? 'none',
          },
        ]),
    ...valueDemand<ConstraintShape, string>('on delete', expected.onDelete, (key) => key.onDelete ?? undefined),
    ...valueDemand<ConstraintShape, string>('on update', expected.onUpdate, (key) => key.onUpdate ?? undefined),
    ...valueDemand<ConstraintShape, boolean>('deferrable', expected.deferrable, (key) => key.deferrable),
  ]
}
