import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { type Column, findColumn, type Table } from '../probe/catalog.ts'

/** A vector to search by: numbers, or text as pgvector reads it (`'[1,2,3]'`; for a sparsevec `'{1:0.5}/3'`). */
export type QueryVector = readonly number[] | Float32Array | Float64Array | string

/** How near two vectors are, as pgvector's operators measure it; the inner product is negative, so that the least is nearest. */
export type VectorDistance = 'cosine' | 'l2' | 'inner product' | 'l1'

const operators: Readonly<Record<VectorDistance, string>> = {
  cosine: '<=>',
  l2: '<->',
  'inner product': '<#>',
  l1: '<+>',
}

/** Names of the distances. */
export const distances: readonly string[] = Object.keys(operators)

/** A column of vectors, with its distance. */
export interface VectorColumn {
  readonly column: Column
  readonly distance: VectorDistance
  /** The operator, wherever the extension lives. */
  readonly operator: string
  /** Schema of the extension, quoted. */
  readonly schema: string
}

/** Types that can be searched. */
export const vectorTypes: ReadonlySet<string> = new Set(['vector', 'halfvec', 'sparsevec'])

/**
 * A column of vectors.
 *
 * @throws BacklotError `BACKLOT_COLUMN_NOT_FOUND`; `BACKLOT_USAGE` for a column of another type
 */
export function vectorColumn(table: Table, name: string, distance: VectorDistance): VectorColumn {
  const column = findColumn(table, name)
  if (!vectorTypes.has(column.type)) {
    const others = table.columns.filter(({ type }) => vectorTypes.has(type)).map((other) => other.name)
    throw new BacklotError(
      'BACKLOT_USAGE',
      `column ${column.name} of ${table.shown} is ${column.declared}, no vector`,
      {
        hint:
          others.length === 0
            ? 'name a column of type vector, halfvec or sparsevec'
            : `its vectors are: ${others.join(', ')}`,
      },
    )
  }
  const schema = column.cast.slice(0, -(column.type.length + 1))
  return { column, distance, operator: `OPERATOR(${schema}.${operators[distance]})`, schema }
}

/** A query vector as text, with the expression that reads it from a parameter. */
export interface WrittenVector {
  readonly text: string
  readonly cast: (parameter: string) => string
}

/**
 * Writes a query vector for a column.
 *
 * @throws BacklotError `BACKLOT_USAGE` for what is no vector
 */
export function writeVector({ column, schema }: VectorColumn, query: unknown): WrittenVector {
  if (typeof query === 'string') return { text: query, cast: (parameter) => `${parameter}::text::${column.cast}` }
  const numbers =
    Array.isArray(query) || query instanceof Float32Array || query instanceof Float64Array
      ? Array.from<unknown>(query)
      : []
  if (numbers.length === 0 || !numbers.every((number) => typeof number === 'number' && Number.isFinite(number))) {
    throw new BacklotError('BACKLOT_USAGE', `${display(query)} is no vector to search by`, {
      hint: "write numbers or text: [0.1, 0.2], new Float32Array(...), '[0.1,0.2]'",
    })
  }
  // A sparse vector is read from a dense one.
  return { text: `[${numbers.join(',')}]`, cast: (parameter) => `${parameter}::text::${schema}.vector::${column.cast}` }
}

/** A vector as a message shows it: its first numbers. */
export function shownVector({ text }: WrittenVector): string {
  const numbers = text.slice(1, -1).split(',')
  return numbers.length > 4 ? `[${numbers.slice(0, 4).join(', ')}, … ${numbers.length} numbers]` : text
}
