import { type Demand, namesDemand, telling, textDemand, unspoken, valueDemand } from './demand.ts'
import type {
  CheckExpectation,
  ColumnExpectation,
  IndexExpectation,
  PolicyExpectation,
  TriggerExpectation,
} from './expectations.ts'
import { isExpression } from './expression.ts'
import { roleName } from './lines.ts'
import type { ColumnShape, ConstraintShape, IndexShape, PolicyShape, TriggerShape } from './shape.ts'
import { isType, vectorDimensions } from './type-name.ts'

/** What `toHaveColumn` asks of a column. A property that is not named may be anything. */
/** What `toHaveColumn` demands of a column. */
export function columnDemands(name: string, expected: ColumnExpectation): readonly Demand<ColumnShape>[] {
  const { type, nullable, dimension, generated, identity } = expected
  const wanted = expected.default
  const text = typeof wanted === 'number' || typeof wanted === 'boolean' ? String(wanted) : wanted
  return [
    ...telling(textDemand<ColumnShape>('name', name, (column) => column.name)),
    ...textDemand<ColumnShape>('type', type, (column) => column.type, isType),
    ...valueDemand<ColumnShape, boolean>('nullable', nullable, (column) => column.nullable),
    ...textDemand<ColumnShape>('default', text, (column) => column.default, isExpression),
    ...valueDemand<ColumnShape, number>('dimension', dimension, (column) => vectorDimensions(column.type)),
    ...(typeof generated === 'boolean'
      ? valueDemand<ColumnShape, boolean>('generated', generated, (column) => column.generated !== null)
      : textDemand<ColumnShape>('generated', generated, (column) => column.generated, isExpression)),
    ...(typeof identity === 'string'
      ? textDemand<ColumnShape>('identity', identity, (column) => column.identity)
      : valueDemand<ColumnShape, boolean>('identity', identity, (column) => column.identity !== null)),
  ]
}

/** What `toHaveCheck` asks of a check constraint. */
/** What `toHaveCheck` demands of a check. */
export function checkDemands({ name, expression }: CheckExpectation): readonly Demand<ConstraintShape>[] {
  return [
    ...telling(textDemand<ConstraintShape>('name', name, (check) => check.name)),
    ...textDemand<ConstraintShape>('expression', expression, (check) => check.expression, isExpression),
  ]
}

function columnsOfIndex(wanted: readonly string[] | undefined): readonly Demand<IndexShape>[] {
  if (wanted === undefined) return []
  const show = ({ columns }: IndexShape): string =>
    columns.map(({ text, descending }) => `${text}${descending ? ' desc' : ''}`).join(', ')
  const fits = (written: string, { text, descending }: IndexShape['columns'][number]): boolean => {
    const bare = written.replace(/ desc$/i, '')
    return (bare === written || descending) && (bare === text || isExpression(bare, text))
  }
  return [
    {
      name: 'columns',
      wanted: wanted.join(', '),
      met: ({ columns }) =>
        columns.length === wanted.length && columns.every((column, index) => fits(wanted[index] ?? '', column)),
      found: show,
    },
  ]
}

/** What `toHaveIndex` asks of an index: parts of it that are not named may be anything. */
/** What `toHaveIndex` demands of an index. */
export function indexDemands(expected: IndexExpectation): readonly Demand<IndexShape>[] {
  const { name, method, columns, operatorClass, include, unique, predicate } = expected
  const classes = (index: IndexShape): readonly string[] => index.columns.map((column) => column.operatorClass)
  const parameters = Object.entries(expected.with ?? {}).map(([key, value]) => `${key}=${value}`)
  return [
    ...telling(textDemand<IndexShape>('name', name, (index) => index.name)),
    ...telling(columnsOfIndex(columns)),
    ...valueDemand<IndexShape, string>('method', method, (index) => index.method),
    ...(typeof operatorClass === 'string'
      ? [
          {
            name: 'operator class',
            wanted: operatorClass,
            met: (index: IndexShape) => classes(index).every((each) => each === operatorClass),
            found: (index: IndexShape) => classes(index).join(', '),
          },
        ]
      : namesDemand('operator class', operatorClass, classes, true)),
    ...namesDemand<IndexShape>('include', include, (index) => index.include, false),
    ...valueDemand<IndexShape, boolean>('unique', unique, (index) => index.unique),
    ...textDemand<IndexShape>('predicate', predicate, (index) => index.predicate, isExpression),
    ...parameters.map((parameter) => ({
      name: 'with',
      wanted: parameter,
      met: (index: IndexShape) => index.parameters.includes(parameter),
      found: (index: IndexShape) => index.parameters.join(', ') || 'none',
    })),
    ...unspoken([
      {
        name: 'valid',
        wanted: 'true',
        met: (index: IndexShape) => index.valid,
        found: () => 'false (its CREATE INDEX CONCURRENTLY failed)',
      },
    ]),
  ]
}

function enabledDemand(enabled: boolean | undefined): readonly Demand<TriggerShape>[] {
  const demands = valueDemand<TriggerShape, boolean>('enabled', enabled ?? true, (trigger) => trigger.enabled)
  return enabled === undefined ? unspoken(demands) : demands
}

/** What `toHaveTrigger` asks of a trigger; one that is disabled does only if the test says so. */
/** What `toHaveTrigger` demands of a trigger. */
export function triggerDemands(name: string, expected: TriggerExpectation): readonly Demand<TriggerShape>[] {
  return [
    ...telling(textDemand<TriggerShape>('name', name, (trigger) => trigger.name)),
    ...valueDemand<TriggerShape, string>('timing', expected.timing, (trigger) => trigger.timing),
    ...namesDemand<TriggerShape>('events', expected.events, (trigger) => trigger.events, false),
    ...valueDemand<TriggerShape, string>('level', expected.level, (trigger) => trigger.level),
    ...textDemand<TriggerShape>('function', expected.function, (trigger) => trigger.function),
    ...enabledDemand(expected.enabled),
  ]
}

/** What `toHavePolicy` asks of a row-level security policy. */
/** What `toHavePolicy` demands of a policy. */
export function policyDemands(name: string, expected: PolicyExpectation): readonly Demand<PolicyShape>[] {
  return [
    ...telling(textDemand<PolicyShape>('name', name, (policy) => policy.name)),
    ...valueDemand<PolicyShape, string>('command', expected.command, (policy) => policy.command),
    ...namesDemand<PolicyShape>('roles', expected.roles?.map(roleName), ({ roles }) => roles.map(roleName), false),
    ...valueDemand<PolicyShape, boolean>('permissive', expected.permissive, (policy) => policy.permissive),
    ...textDemand<PolicyShape>('using', expected.using, (policy) => policy.using, isExpression),
    ...textDemand<PolicyShape>('check', expected.check, (policy) => policy.check, isExpression),
  ]
}
