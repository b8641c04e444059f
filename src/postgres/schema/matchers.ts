import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { nearest } from '../../errors/index.ts'
import type { ProbeSource } from '../probe/source.ts'
import type { WrittenTableName } from '../probe/table-name.ts'
import { checkOptionNames, readColumns, readName } from './arguments.ts'
import { valueDemand } from './demand.ts'
import type {
  CheckExpectation,
  ColumnExpectation,
  ForeignKeyExpectation,
  IndexExpectation,
  IndexedColumn,
  KeyExpectation,
  PolicyExpectation,
  RowSecurityExpectation,
  TriggerExpectation,
  UniqueExpectation,
} from './expectations.ts'
import { foreignKeyDemands, type Key, keysOf, primaryKeyDemands, uniqueDemands } from './keys.ts'
import { columnLine, constraintLine, indexLine, policyLine, triggerLine } from './lines.ts'
import { checkColumns, lookForPart, type SchemaLook, type SchemaWaiting, type Sought } from './look.ts'
import { checkDemands, columnDemands, indexDemands, policyDemands, triggerDemands } from './parts.ts'
import type { ColumnShape, ConstraintShape, IndexShape, PolicyShape, TableShape, TriggerShape } from './shape.ts'

type Names<Row> = keyof Row & string

/**
 * What can be asserted on a table's schema. A matcher looks once and answers at once; `{ timeout: '5 s' }` waits for a
 * migration that is under way. What is not named does not matter; names of columns that are not there are refused.
 */
export interface SchemaMatchers<Row> {
  /** The column is there and is so. Negated with an expectation, it is there and is otherwise; without one, it is not there. */
  toHaveColumn(context: MatcherContext, name: Names<Row>, expected?: ColumnExpectation): Promise<Outcome>
  /** The primary key has these columns, in any order; without columns: there is one. */
  toHavePrimaryKey(
    context: MatcherContext,
    columns?: Names<Row> | readonly Names<Row>[],
    expected?: KeyExpectation,
  ): Promise<Outcome>
  /** A foreign key has these columns; those it refers to stand in the same order. */
  toHaveForeignKey(
    context: MatcherContext,
    columns: Names<Row> | readonly Names<Row>[],
    expected?: ForeignKeyExpectation,
  ): Promise<Outcome>
  /** These columns, in any order, are unique: by a constraint, the primary key or a unique index. */
  toHaveUnique(
    context: MatcherContext,
    columns: IndexedColumn<Names<Row>> | readonly IndexedColumn<Names<Row>>[],
    expected?: UniqueExpectation,
  ): Promise<Outcome>
  /** A check has this name, or says this. */
  toHaveCheck(context: MatcherContext, check: string | CheckExpectation, waiting?: SchemaWaiting): Promise<Outcome>
  /** An index has this name, or is so. One that is invalid counts for none. */
  toHaveIndex(
    context: MatcherContext,
    index: string | IndexExpectation<Names<Row>>,
    waiting?: SchemaWaiting,
  ): Promise<Outcome>
  /** The trigger is there, enabled, and is so. */
  toHaveTrigger(context: MatcherContext, name: string, expected?: TriggerExpectation): Promise<Outcome>
  /** The policy is there and is so. Whether it bites, `toHaveRowSecurity` says. */
  toHavePolicy(context: MatcherContext, name: string, expected?: PolicyExpectation): Promise<Outcome>
  /** Row-level security is on. */
  toHaveRowSecurity(context: MatcherContext, expected?: RowSecurityExpectation): Promise<Outcome>
}

const columnOptions = ['type', 'nullable', 'default', 'dimension', 'generated', 'identity']
const foreignKeyOptions = ['name', 'references', 'column', 'onDelete', 'onUpdate', 'deferrable']
const indexOptions = ['name', 'method', 'columns', 'operatorClass', 'include', 'unique', 'predicate', 'with']

/** The constraints of one kind. */
function constraints(
  shape: TableShape,
  kind: ConstraintShape['kind'],
  demands: Sought<ConstraintShape>['demands'],
): Sought<ConstraintShape> {
  return {
    noun: kind,
    article: 'a ',
    plural: `${kind}s`,
    items: shape.constraints.filter((constraint) => constraint.kind === kind),
    demands,
    line: (constraint) => `${constraint.name}: ${constraintLine(constraint)}`,
  }
}

function without(columns: readonly string[]): readonly string[] {
  return columns.map((column) => column.replace(/ desc$/i, ''))
}

/** The matchers of one table's schema. */
export function schemaMatchers<Row>(source: ProbeSource, table: WrittenTableName): SchemaMatchers<Row> {
  function look<Item>(
    context: MatcherContext,
    waiting: SchemaWaiting | undefined,
    seek: SchemaLook<Item>['seek'],
  ): Promise<Outcome> {
    return lookForPart<Item>({ source, table, context, waiting, seek })
  }

  return {
    async toHaveColumn(context, written, expected = {}) {
      checkOptionNames('toHaveColumn', expected, columnOptions)
      const name = readName('toHaveColumn', 'column', written)
      const { timeout: _, ...asked } = expected
      return look<ColumnShape>(context, expected, (shape, known) => {
        // "Is otherwise" can be said of a column that is there alone.
        if (context.not && Object.keys(asked).length > 0) checkColumns(shape, known, [name])
        const near = nearest(
          name,
          shape.columns.map((column) => column.name),
        )
        const absent = shape.columns.every((column) => column.name !== name)
        return {
          noun: 'column',
          article: 'a ',
          plural: 'columns',
          items: shape.columns,
          demands: columnDemands(name, expected),
          line: (column) => `${column.name}: ${columnLine(column)}`,
          ...(absent && near !== undefined ? { remark: `Did you mean ${near}?` } : {}),
        }
      })
    },

    async toHavePrimaryKey(context, columns, expected = {}) {
      checkOptionNames('toHavePrimaryKey', expected, ['name'])
      const names = columns === undefined ? undefined : readColumns('toHavePrimaryKey', columns)
      return look(context, expected, (shape, known) => {
        checkColumns(shape, known, names ?? [])
        return constraints(shape, 'primary key', primaryKeyDemands(names, expected.name))
      })
    },

    async toHaveForeignKey(context, columns, expected = {}) {
      checkOptionNames('toHaveForeignKey', expected, foreignKeyOptions)
      const names = readColumns('toHaveForeignKey', columns)
      const { references } = expected
      return look(context, expected, async (shape, known, tableOf) => {
        checkColumns(shape, known, names)
        const target = references === undefined ? undefined : await tableOf(references)
        return constraints(shape, 'foreign key', foreignKeyDemands(names, target, expected))
      })
    },

    async toHaveUnique(context, columns, expected = {}) {
      checkOptionNames('toHaveUnique', expected, ['name', 'predicate', 'nullsNotDistinct'])
      const names = readColumns('toHaveUnique', columns)
      return look<Key>(context, expected, (shape, known) => {
        checkColumns(shape, known, names)
        return {
          noun: 'unique constraint or index',
          article: 'a ',
          plural: 'unique constraints and indexes',
          items: keysOf(shape),
          demands: uniqueDemands(names, expected),
          line: ({ line }) => line,
        }
      })
    },

    async toHaveCheck(context, check, waiting) {
      if (typeof check !== 'string') checkOptionNames('toHaveCheck', check, ['name', 'expression'])
      return look(context, typeof check === 'string' ? waiting : check, (shape) => {
        const isName = shape.constraints.some(({ name, kind }) => kind === 'check' && name === check)
        const asked = typeof check !== 'string' ? check : isName ? { name: check } : { expression: check }
        return constraints(shape, 'check', checkDemands(asked))
      })
    },

    async toHaveIndex(context, index, waiting) {
      const asked: IndexExpectation = typeof index === 'string' ? { name: index } : index
      checkOptionNames('toHaveIndex', asked, indexOptions)
      return look<IndexShape>(context, typeof index === 'string' ? waiting : index, (shape, known) => {
        checkColumns(shape, known, [...without(asked.columns ?? []), ...(asked.include ?? [])])
        return {
          noun: 'index',
          article: 'an ',
          plural: 'indexes',
          items: shape.indexes,
          demands: indexDemands(asked),
          line: (item) => `${item.name}: ${indexLine(item)}`,
        }
      })
    },

    async toHaveTrigger(context, written, expected = {}) {
      checkOptionNames('toHaveTrigger', expected, ['timing', 'events', 'level', 'function', 'enabled'])
      const name = readName('toHaveTrigger', 'trigger', written)
      return look<TriggerShape>(context, expected, (shape) => ({
        noun: 'trigger',
        article: 'a ',
        plural: 'triggers',
        items: shape.triggers,
        demands: triggerDemands(name, expected),
        line: (trigger) => `${trigger.name}: ${triggerLine(trigger)}`,
      }))
    },

    async toHavePolicy(context, written, expected = {}) {
      checkOptionNames('toHavePolicy', expected, ['command', 'roles', 'permissive', 'using', 'check'])
      const name = readName('toHavePolicy', 'policy', written)
      return look<PolicyShape>(context, expected, (shape) => ({
        noun: 'policy',
        article: 'a ',
        plural: 'policies',
        items: shape.policies,
        demands: policyDemands(name, expected),
        line: (policy) => `${policy.name}: ${policyLine(policy)}`,
        ...(shape.rowSecurity ? {} : { remark: 'Row-level security is off: no policy of this table bites.' }),
      }))
    },

    async toHaveRowSecurity(context, expected = {}) {
      checkOptionNames('toHaveRowSecurity', expected, ['forced'])
      return look<TableShape>(context, expected, (shape) => ({
        noun: 'row-level security',
        article: '',
        plural: 'row-level security',
        items: shape.rowSecurity ? [shape] : [],
        demands: valueDemand<TableShape, boolean>('forced', expected.forced, (each) => each.rowSecurityForced),
        line: (each) => (each.rowSecurityForced ? 'on, for the owner too' : 'on, but not for the owner of the table'),
      }))
    },
  }
}
