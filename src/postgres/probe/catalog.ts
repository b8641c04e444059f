import { BacklotError, nearest } from '../../errors/index.ts'
import { quoteIdentifier, type TableName } from './table-name.ts'

/** Runs a query with parameters and resolves to its rows as raw text, column by column. */
export type RunText = (
  text: string,
  values?: readonly (string | null)[],
) => Promise<readonly (readonly (string | null)[])[]>

/** A column as its table declares it; types are those beneath any domain. */
export interface Column {
  readonly name: string
  /** For a person: `numeric(10,2)`. */
  readonly declared: string
  /** Name of the base type in `pg_type`: `numeric`, `_int4`, `timestamptz`. */
  readonly type: string
  /** The base type as SQL needs it in a cast: quoted, with its schema, without a modifier. */
  readonly cast: string
  /** `pg_type.typcategory`: N numbers, S text, A arrays, E enums, ... */
  readonly category: string
  /** Name of the element's type, for arrays. */
  readonly element: string | undefined
  /** Whether the type has an equality that Postgres can sort or hash by. */
  readonly comparable: boolean
  /** The labels of an enum. */
  readonly labels: readonly string[]
  readonly inPrimaryKey: boolean
}

/** A table (or view, ...) that exists. */
export interface Table {
  /** As a message shows it: without the schema where the search path finds it. */
  readonly shown: string
  /** Quoted, with its schema, for queries. */
  readonly sql: string
  /** What the feed calls it: as `quote_ident` writes it; undefined where other tables' commits can change what it shows. */
  readonly feedName: string | undefined
  /** False for what the feed never shows: materialised views, foreign tables. */
  readonly inFeed: boolean
  /** True where rows know when they were written (`xmin`). */
  readonly hasAge: boolean
  readonly columns: readonly Column[]
}

const findTable = `
  SELECT c.oid::text, n.nspname, c.relname, c.relkind, pg_catalog.pg_table_is_visible(c.oid)::text,
         pg_catalog.format('%I.%I', rn.nspname, r.relname), c.relhassubclass::text
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class r ON r.oid = CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid) ELSE c.oid END
  JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ANY ($1::text[])
    AND (CASE WHEN $2::text IS NULL THEN n.nspname !~ '^pg_t(oast|emp)' ELSE n.nspname = ANY (ARRAY[$2::text, pg_catalog.lower($2)]) END)`

const findColumns = `
  WITH RECURSIVE base AS (
    SELECT a.attnum, t.oid, t.typtype, t.typbasetype
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT base.attnum, t.oid, t.typtype, t.typbasetype
    FROM base JOIN pg_catalog.pg_type t ON t.oid = base.typbasetype
    WHERE base.typtype = 'd')
  SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname,
         pg_catalog.format('%I.%I', tn.nspname, t.typname), t.typcategory, e.typname,
         (EXISTS (SELECT FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod
                  WHERE am.amname IN ('btree', 'hash') AND o.opcdefault
                    AND (o.opcintype = t.oid OR t.typtype = 'e' AND o.opcintype = 'pg_catalog.anyenum'::regtype
                      OR t.typtype = 'r' AND o.opcintype = 'pg_catalog.anyrange'::regtype
                      OR t.typname = 'varchar' AND o.opcintype = 'pg_catalog.text'::regtype
                      OR t.typname = 'cidr' AND o.opcintype = 'pg_catalog.inet'::regtype)))::text,
         (SELECT pg_catalog.json_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid),
         (EXISTS (SELECT FROM pg_catalog.pg_index i
                  WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)))::text
  FROM base
  JOIN pg_catalog.pg_type t ON t.oid = base.oid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = $1::oid AND a.attnum = base.attnum
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
  WHERE base.typtype <> 'd'
  ORDER BY a.attnum`

const allTables = `
  SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid)::text
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ORDER BY 1, 2`

/** A list of text as Postgres reads it for `text[]`. */
function textArray(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`
}

async function notFound(run: RunText, wanted: TableName): Promise<BacklotError> {
  const tables = (await run(allTables)).map(([schema = '', name = '', visible]) => ({
    schema: schema ?? '',
    name: name ?? '',
    shown: visible === 'true' ? (name ?? '') : `${schema}.${name}`,
  }))
  const elsewhere = tables.filter(({ name }) => name === wanted.name || name === wanted.name.toLowerCase())
  const near =
    nearest(
      wanted.name,
      tables.map(({ name }) => name),
    ) ?? ''
  const suggestions = (elsewhere.length > 0 ? elsewhere : tables.filter(({ name }) => name === near)).map(
    ({ shown }) => shown,
  )
  const known = tables.map(({ shown }) => shown)
  const list = known.length > 20 ? `${known.slice(0, 20).join(', ')} and ${known.length - 20} more` : known.join(', ')
  return new BacklotError('BACKLOT_TABLE_NOT_FOUND', `there is no table ${wanted.written} in the database`, {
    hint:
      known.length === 0
        ? 'the database has no tables at all: name the migrations, as in postgres({ migrate: "migrations" })'
        : suggestions.length > 0
          ? `did you mean ${suggestions.join(' or ')}?`
          : `the tables are: ${list}`,
  })
}

function readColumn(row: readonly (string | null)[]): Column {
  const [name, declared, type, cast, category, element, comparable, labels, inPrimaryKey] = row
  return {
    name: name ?? '',
    declared: declared ?? '',
    type: type ?? '',
    cast: cast ?? '',
    category: category ?? '',
    element: element ?? undefined,
    comparable: comparable === 'true',
    labels: labels === null || labels === undefined ? [] : (JSON.parse(labels) as string[]),
    inPrimaryKey: inPrimaryKey === 'true',
  }
}

/**
 * Looks a table up: under its exact name first, then folded to lower case as Postgres would; without a schema on the search path
 * first, then in any schema if only one has it.
 *
 * @throws BacklotError `BACKLOT_TABLE_NOT_FOUND` with the nearest names, or naming the schemas where several have it
 */
export async function readTable(run: RunText, wanted: TableName): Promise<Table> {
  const names = wanted.folds ? [wanted.name, wanted.name.toLowerCase()] : [wanted.name]
  const found = (await run(findTable, [textArray(names), wanted.schema ?? null])).map((row) => {
    const [oid, schema, name, kind, visible, root, hasChildren] = row
    return { oid: oid ?? '', schema: schema ?? '', name: name ?? '', kind, visible, root, hasChildren }
  })
  const exact = found.filter(({ name }) => name === wanted.name)
  const named = exact.length > 0 ? exact : found
  const visible = named.filter((table) => table.visible === 'true')
  const candidates = visible.length > 0 && wanted.schema === undefined ? visible : named
  const [table] = candidates
  if (table === undefined) throw await notFound(run, wanted)
  if (candidates.length > 1) {
    const places = candidates.map(({ schema, name }) => `${schema}.${name}`)
    throw new BacklotError('BACKLOT_TABLE_NOT_FOUND', `several schemas have a table ${wanted.written}`, {
      hint: `name the one you mean: ${places.join(' or ')}`,
    })
  }
  const plain = table.kind === 'r' || table.kind === 'p'
  const alone = table.kind === 'p' || table.hasChildren !== 'true'
  return {
    shown: table.visible === 'true' ? table.name : `${table.schema}.${table.name}`,
    sql: `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
    feedName: plain && alone ? (table.root ?? undefined) : undefined,
    inFeed: table.kind !== 'm' && table.kind !== 'f',
    hasAge: plain,
    columns: (await run(findColumns, [table.oid])).map(readColumn),
  }
}

/**
 * A column by its name: exact first, then folded to lower case.
 *
 * @throws BacklotError `BACKLOT_COLUMN_NOT_FOUND` with the nearest name
 */
export function findColumn(table: Table, name: string): Column {
  const column =
    table.columns.find((known) => known.name === name) ??
    table.columns.find((known) => known.name === name.toLowerCase())
  if (column !== undefined) return column
  const names = table.columns.map((known) => known.name)
  const near = nearest(name, names)
  throw new BacklotError('BACKLOT_COLUMN_NOT_FOUND', `table ${table.shown} has no column ${name}`, {
    hint: near === undefined ? `its columns are: ${names.join(', ')}` : `did you mean ${near}?`,
  })
}
