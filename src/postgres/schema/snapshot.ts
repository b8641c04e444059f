import { BacklotError, nearest } from '../../errors/index.ts'
import { columnLine, constraintLine, indexLine, policyLine, roleName, triggerLine } from './lines.ts'
import { objectsQuery, schemasQuery } from './objects-query.ts'
import { type GrantShape, type RunCatalog, readShapes, type TableShape } from './shape.ts'

/** Names with what they stand for, sorted by name. */
type Texts = Readonly<Record<string, string>>

/** A table in a {@link Schema}; what it has none of is left out. */
export interface SchemaTable {
  /** Only of what is no plain table: `partitioned by RANGE (day)`, `partition of events FOR VALUES ...`, `foreign table`. */
  readonly kind?: string
  /** `text not null default ''::text`; their order in the table does not matter. */
  readonly columns: Texts
  readonly constraints?: Texts
  /** Those of constraints are left out. */
  readonly indexes?: Texts
  readonly triggers?: Texts
  readonly policies?: Texts
  readonly rowSecurity?: 'enabled' | 'forced'
  /** Rights of roles other than the owner; `app` is the app's role: `select, update (title)`. */
  readonly grants?: Texts
}

/** A view in a {@link Schema}. */
export interface SchemaView {
  readonly kind?: 'materialized'
  readonly query: string
  readonly columns: Texts
  readonly indexes?: Texts
  readonly triggers?: Texts
  readonly grants?: Texts
}

/**
 * A database's schema as a plain value: equal for two databases with the same schema, the same on every run, without oids and
 * without anything of Backlot's. Names outside of `public` are qualified. What there is none of is left out.
 */
export interface Schema {
  readonly extensions?: readonly string[]
  readonly types?: Texts
  readonly sequences?: Texts
  readonly functions?: Texts
  readonly tables?: Readonly<Record<string, SchemaTable>>
  readonly views?: Readonly<Record<string, SchemaView>>
}

/** Options of `db.schema`. */
export interface SchemaOptions {
  /** Schemas to look at. Default: all but Postgres's own. */
  readonly schemas?: readonly string[]
}

/** `{ [key]: value }`, or nothing where there is nothing in it. */
function part<Key extends string, Value extends object>(key: Key, value: Value): { readonly [K in Key]?: Value } {
  return (Object.keys(value).length === 0 ? {} : { [key]: value }) as { readonly [K in Key]?: Value }
}

function texts<Item extends { readonly name: string }>(items: readonly Item[], line: (item: Item) => string): Texts {
  return Object.fromEntries(
    items.map((item) => [item.name, line(item)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function grantsOf(grants: readonly GrantShape[]): Texts {
  const rights = new Map<string, string[]>()
  for (const { role, right, column } of grants) {
    const name = roleName(role)
    rights.set(name, [...(rights.get(name) ?? []), column === null ? right : `${right} (${column})`])
  }
  return Object.fromEntries(
    [...rights].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([role, list]) => [role, list.toSorted().join(', ')]),
  )
}

function kindOf({ kind, partitionedBy, bounds, parents }: TableShape): { readonly kind?: string } {
  const parts = [
    ...(kind === 'foreign table' ? [kind] : []),
    ...(bounds === null
      ? parents.length === 0
        ? []
        : [`inherits ${parents.join(', ')}`]
      : [`partition of ${parents.join(', ')} ${bounds}`]),
    ...(partitionedBy === null ? [] : [`partitioned by ${partitionedBy}`]),
  ]
  return parts.length === 0 ? {} : { kind: parts.join(', ') }
}

function tableOf(shape: TableShape): SchemaTable {
  const { rowSecurity, rowSecurityForced } = shape
  return {
    ...kindOf(shape),
    columns: texts(shape.columns, columnLine),
    ...part('constraints', texts(shape.constraints, constraintLine)),
    ...part(
      'indexes',
      texts(
        shape.indexes.filter(({ constraint }) => constraint === null),
        indexLine,
      ),
    ),
    ...part('triggers', texts(shape.triggers, triggerLine)),
    ...part('policies', texts(shape.policies, policyLine)),
    ...(rowSecurity ? { rowSecurity: rowSecurityForced ? 'forced' : 'enabled' } : {}),
    ...part('grants', grantsOf(shape.grants)),
  }
}

function viewOf(shape: TableShape): SchemaView {
  return {
    ...(shape.kind === 'materialized view' ? { kind: 'materialized' } : {}),
    query: (shape.query ?? '').trim().replace(/;$/, ''),
    columns: texts(shape.columns, columnLine),
    ...part('indexes', texts(shape.indexes, indexLine)),
    ...part('triggers', texts(shape.triggers, triggerLine)),
    ...part('grants', grantsOf(shape.grants)),
  }
}

function isView({ kind }: TableShape): boolean {
  return kind === 'view' || kind === 'materialized view'
}

async function schemasOf(run: RunCatalog, asked: readonly string[] | undefined): Promise<readonly string[]> {
  const known = (await run(schemasQuery, [])).map(([name]) => name ?? '')
  const unknown = asked?.find((name) => !known.includes(name))
  if (unknown === undefined) return asked ?? known
  const near = nearest(unknown, known)
  throw new BacklotError('BACKLOT_TABLE_NOT_FOUND', `there is no schema ${unknown} in the database`, {
    hint: near === undefined ? `the schemas are: ${known.join(', ')}` : `did you mean ${near}?`,
  })
}

/**
 * Reads a whole schema.
 *
 * @throws BacklotError `BACKLOT_TABLE_NOT_FOUND` for a schema that is not there
 */
export async function readSchema(run: RunCatalog, options: SchemaOptions = {}): Promise<Schema> {
  const schemas = await schemasOf(run, options.schemas)
  const shapes = await readShapes(run, { schemas })
  const objects = (await run(objectsQuery, [JSON.stringify(schemas)])).map(([kind, name, definition]) => ({
    kind: kind ?? '',
    name: name ?? '',
    definition: (definition ?? '').trim(),
  }))
  const of = (kind: string): Texts =>
    texts(
      objects.filter((object) => object.kind === kind),
      ({ definition }) => definition,
    )
  const shown = ({ schema, name }: TableShape): string => (schema === 'public' ? name : `${schema}.${name}`)
  const extensions = Object.keys(of('extensions'))
  return {
    ...part('extensions', extensions),
    ...part('types', of('types')),
    ...part('sequences', of('sequences')),
    ...part('functions', of('functions')),
    ...part(
      'tables',
      Object.fromEntries(shapes.filter((shape) => !isView(shape)).map((shape) => [shown(shape), tableOf(shape)])),
    ),
    ...part('views', Object.fromEntries(shapes.filter(isView).map((shape) => [shown(shape), viewOf(shape)]))),
  }
}
