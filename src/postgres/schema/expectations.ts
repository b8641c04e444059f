import type { SchemaWaiting } from './look.ts'
import type { ReferentialAction } from './shape.ts'

/** A column, or an expression such as `lower(email)`. */
export type IndexedColumn<Name extends string = string> = Name | `${Name} desc` | `${string}(${string})`

/** What `toHaveColumn` asks of a column; what is not named does not matter. */
export interface ColumnExpectation extends SchemaWaiting {
  /**
   * `text`, `varchar(255)`, `int[]`, `vector(384)`; other names of a type are known (`int`, `timestamptz`). A modifier that is not
   * written does not matter. A pattern is tried on what Postgres prints: `character varying(255)`.
   */
  readonly type?: string | RegExp
  /** False: `NOT NULL`. */
  readonly nullable?: boolean
  /** SQL: `'now()'`, `"'draft'"`; numbers and booleans as they are; null: it has none. Casts do not count. */
  readonly default?: string | number | boolean | null | RegExp
  /** Dimensions of a vector: `384`. */
  readonly dimension?: number
  /** The expression of a generated column, or whether it is one. */
  readonly generated?: string | RegExp | boolean
  /** Which kind of identity, or whether it is one. */
  readonly identity?: 'always' | 'by default' | boolean
}

/** What `toHavePrimaryKey` and `toHaveUnique` ask of a key. */
export interface KeyExpectation extends SchemaWaiting {
  /** Of the constraint, or of the unique index. */
  readonly name?: string | RegExp
}

/** What `toHaveUnique` asks besides. */
export interface UniqueExpectation extends KeyExpectation {
  /** Unique among these rows alone, as SQL: `'deleted_at IS NULL'`. Default: among all rows. */
  readonly predicate?: string | RegExp
  /** True: `NULLS NOT DISTINCT`. */
  readonly nullsNotDistinct?: boolean
}

/** What `toHaveForeignKey` asks of a foreign key. */
export interface ForeignKeyExpectation extends SchemaWaiting {
  readonly name?: string | RegExp
  /** The table that it refers to. */
  readonly references?: string | readonly [schema: string, table: string]
  /** The column there; of a composite key, columns in the order of the referring ones. */
  readonly column?: string | readonly string[]
  readonly onDelete?: ReferentialAction
  readonly onUpdate?: ReferentialAction
  readonly deferrable?: boolean
}

/** What `toHaveCheck` asks of a check. */
export interface CheckExpectation extends SchemaWaiting {
  readonly name?: string | RegExp
  /** SQL: `'price > 0'`. Spelling, casts and needless parentheses do not count. */
  readonly expression?: string | RegExp
}

/** What `toHaveIndex` asks of an index. */
export interface IndexExpectation<Name extends string = string> extends SchemaWaiting {
  readonly name?: string | RegExp
  /** `btree`, `hash`, `gin`, `gist`, `brin`, `hnsw`, `ivfflat`, ... */
  readonly method?: string
  /** All of its columns in order: names, `name desc`, or expressions such as `lower(email)`. */
  readonly columns?: readonly IndexedColumn<Name>[]
  /** Of all columns, or one for each: `vector_cosine_ops`. */
  readonly operatorClass?: string | readonly string[]
  readonly include?: readonly Name[]
  readonly unique?: boolean
  /** Of a partial index, as SQL; null: it has none. */
  readonly predicate?: string | RegExp | null
  /** Storage parameters: `{ m: 16 }`. */
  readonly with?: Readonly<Record<string, string | number | boolean>>
}

/** What `toHaveTrigger` asks of a trigger. */
export interface TriggerExpectation extends SchemaWaiting {
  readonly timing?: 'before' | 'after' | 'instead of'
  /** All of its events, in any order. */
  readonly events?: readonly ('insert' | 'update' | 'delete' | 'truncate')[]
  readonly level?: 'row' | 'statement'
  /** The function that it runs. */
  readonly function?: string | RegExp
  /** Default: true. */
  readonly enabled?: boolean
}

/** What `toHavePolicy` asks of a policy of row-level security. */
export interface PolicyExpectation extends SchemaWaiting {
  readonly command?: 'all' | 'select' | 'insert' | 'update' | 'delete'
  /** All of its roles, in any order; `app` and `owner` stand for Backlot's own. */
  readonly roles?: readonly string[]
  readonly permissive?: boolean
  /** SQL; null: it has none. */
  readonly using?: string | RegExp | null
  /** The same of `WITH CHECK`. */
  readonly check?: string | RegExp | null
}

/** What `toHaveRowSecurity` asks besides. */
export interface RowSecurityExpectation extends SchemaWaiting {
  /** True: the owner of the table is subject to it too. */
  readonly forced?: boolean
}
