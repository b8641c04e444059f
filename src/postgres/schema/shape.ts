import { isRecord, readJson } from './json.ts'
import { shapeQuery } from './shape-query.ts'

/** Runs a query on a catalog: rows as arrays of raw text. */
export type RunCatalog = (
  text: string,
  values: readonly (string | null)[],
) => Promise<readonly (readonly (string | null)[])[]>

/** What happens to a referring row when the one it refers to goes or changes. */
export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

/** A column as its table declares it. Expressions are SQL as Postgres prints it. */
export interface ColumnShape {
  readonly name: string
  /** As `format_type` prints it: `character varying(255)`. */
  readonly type: string
  readonly nullable: boolean
  readonly default: string | null
  /** The expression of a generated column. */
  readonly generated: string | null
  readonly stored: boolean
  readonly identity: 'always' | 'by default' | null
}

/** A constraint of any kind but not null, which is told by its column. */
export interface ConstraintShape {
  readonly name: string
  readonly kind: 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclusion' | 'trigger'
  readonly columns: readonly string[]
  /** As `pg_get_constraintdef` prints it. */
  readonly definition: string
  /** Of a check. */
  readonly expression: string | null
  /** Of a foreign key: the table it refers to, quoted with its schema, and as a message shows it. */
  readonly references: { readonly sql: string; readonly shown: string; readonly columns: readonly string[] } | null
  readonly onDelete: ReferentialAction | null
  readonly onUpdate: ReferentialAction | null
  readonly deferrable: boolean
  readonly deferred: boolean
}

/** An index, also that of a constraint. */
export interface IndexShape {
  readonly name: string
  readonly method: string
  readonly unique: boolean
  /** False for what `CREATE INDEX CONCURRENTLY` left behind when it failed: no query uses it. */
  readonly valid: boolean
  readonly nullsNotDistinct: boolean
  readonly columns: readonly {
    /** A column's name, or an expression. */
    readonly text: string
    readonly operatorClass: string
    readonly descending: boolean
  }[]
  readonly include: readonly string[]
  readonly predicate: string | null
  /** Storage parameters: `m=16`. */
  readonly parameters: readonly string[]
  /** From the method on: `hnsw (embedding vector_cosine_ops)`. */
  readonly definition: string
  /** The constraint that it belongs to. */
  readonly constraint: string | null
}

/** A trigger that somebody created. */
export interface TriggerShape {
  readonly name: string
  readonly timing: 'before' | 'after' | 'instead of'
  readonly events: readonly ('insert' | 'update' | 'delete' | 'truncate')[]
  readonly level: 'row' | 'statement'
  readonly function: string
  readonly enabled: boolean
  /** From the timing on. */
  readonly definition: string
}

/** A policy of row-level security. */
export interface PolicyShape {
  readonly name: string
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete'
  readonly permissive: boolean
  /** `public` for everybody. */
  readonly roles: readonly string[]
  readonly using: string | null
  readonly check: string | null
}

/** A right on a table that somebody but its owner has. */
export interface GrantShape {
  readonly role: string
  readonly right: string
  /** Null: on the whole table. */
  readonly column: string | null
}

/** A table (or view, ...) with all that hangs on it. */
export interface TableShape {
  readonly schema: string
  readonly name: string
  readonly kind: 'table' | 'view' | 'materialized view' | 'foreign table'
  readonly rowSecurity: boolean
  readonly rowSecurityForced: boolean
  /** Of a partitioned table: `RANGE (day)`. */
  readonly partitionedBy: string | null
  /** Of a partition: `FOR VALUES FROM (...) TO (...)`. */
  readonly bounds: string | null
  readonly parents: readonly string[]
  /** Of a view. */
  readonly query: string | null
  readonly columns: readonly ColumnShape[]
  readonly constraints: readonly ConstraintShape[]
  readonly indexes: readonly IndexShape[]
  readonly triggers: readonly TriggerShape[]
  readonly policies: readonly PolicyShape[]
  readonly grants: readonly GrantShape[]
}

/**
 * Reads tables as the catalog has them.
 *
 * @param of one table by its quoted name, or all tables of these schemas
 */
export async function readShapes(
  run: RunCatalog,
  of: { readonly table: string } | { readonly schemas: readonly string[] },
): Promise<readonly TableShape[]> {
  const values = 'table' in of ? [of.table, null] : [null, JSON.stringify(of.schemas)]
  const rows = await run(shapeQuery, values)
  return rows.map(([json]) => readJson<TableShape>(json, isRecord))
}
