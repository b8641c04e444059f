import type { AsymmetricMatcher } from '../expect/index.ts'

/** What stands for the tables where the user gives no interface: any name, any column. */
export type AnyDatabase = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Tables of a Kysely-style interface: its keys. Without one: any name, or schema and table as a pair. */
export type TableName<Database> = string extends keyof Database
  ? string | readonly [schema: string, table: string]
  : keyof Database & string

/**
 * What a column holds when it is selected. Column types of Kysely (`Generated<T>`, `ColumnType<S, I, U>`) are known by
 * their shape, so that Kysely itself is not needed.
 */
export type Selected<Column> = Column extends { readonly __select__: infer Select } ? Select : Column

/** A row as it is selected. */
export type SelectedRow<Table> = { readonly [Column in keyof Table]: Selected<Table[Column]> }

/** The row type of a table by its name. */
export type RowOf<Database, Name> = Name extends keyof Database
  ? SelectedRow<Database[Name]>
  : Readonly<Record<string, unknown>>

type PatternOf<Value> = Value extends Date
  ? Date | string
  : Value extends number | bigint
    ? number | bigint | `${number}`
    : Value extends Uint8Array
      ? Uint8Array
      : Value extends readonly (infer Element)[]
        ? readonly ColumnPattern<Element>[]
        : Value extends object
          ? { readonly [Key in keyof Value]: ColumnPattern<Value[Key]> }
          : Value

/**
 * What a column may be expected to hold: a value of its type, `null`, or an asymmetric matcher. Dates may be written as text
 * that Postgres reads, numbers as number, bigint or text.
 */
export type ColumnPattern<Value> = unknown extends Value ? unknown : PatternOf<Value> | AsymmetricMatcher

/** Some columns of a row with what they should hold; the others do not matter. */
export type RowPattern<Row> = { readonly [Column in keyof Row]?: ColumnPattern<Row[Column]> }

/** A column to sort by, ascending or, with ` desc` after it, descending. */
export type OrderBy<Row> = (keyof Row & string) | `${keyof Row & string} desc`
