import { getHashes } from 'node:crypto'
import { BacklotError } from '../../errors/index.ts'
import type { TableProbe } from '../matchers/table.ts'

/** A row whose values are the text that Postgres prints: dates as ISO 8601 in UTC, bytea as `\x…`, json as it is stored. */
export type TextRow<Row> = { readonly [Column in keyof Row]: string | null }

/** How a table is a chain of hashes. */
export interface HashChainOptions<Row> {
  /** `db.table('audit_log')` */
  readonly table: TableProbe<Row>
  /** Column that says which link comes after which: `'id'`. */
  readonly order: keyof Row & string
  /** Column with a link's own hash: text, or bytea. */
  readonly hash: keyof Row & string
  /** Column with the hash of the link before it. */
  readonly previous: keyof Row & string
  /** What is hashed of a link; where the previous hash is part of it, so here too. */
  readonly payload: (row: TextRow<Row>) => string | Uint8Array
  /** As in `crypto.createHash`. Default: `sha256`. */
  readonly algorithm?: string
  /** How a hash is written in a column of text. Default: `hex`, in any case. */
  readonly encoding?: 'hex' | 'base64'
  /** What stands in `previous` of the first link. Default: null. */
  readonly first?: string | null
  /** Column that divides the table into chains, one for each of its values. Default: one chain. */
  readonly per?: keyof Row & string
}

/** The same, checked, without the row's type. */
export interface ChainPlan {
  readonly order: string
  readonly hash: string
  readonly previous: string
  readonly payload: (row: Readonly<Record<string, string | null>>) => string | Uint8Array
  readonly algorithm: string
  readonly encoding: 'hex' | 'base64'
  readonly first: string | null
  readonly per: string | undefined
}

const example =
  "for example hashChain({ table: db.table('audit_log'), order: 'id', hash: 'hash', previous: 'previous_hash', payload: (row) => ... })"

function invalid(summary: string, hint: string = example): BacklotError {
  return new BacklotError('BACKLOT_USAGE', summary, { hint })
}

/**
 * Checks the options of a chain. Whether its columns exist is found out at the first look.
 *
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function readChain<Row>(options: HashChainOptions<Row>): ChainPlan {
  const { order, hash, previous, payload, algorithm = 'sha256', encoding = 'hex', first = null, per } = options
  for (const [name, column] of Object.entries({ order, hash, previous })) {
    if (typeof column !== 'string' || column === '') throw invalid(`hashChain needs the column ${name}`)
  }
  if (typeof payload !== 'function') throw invalid('hashChain needs payload, a function of a row')
  if (!getHashes().includes(algorithm)) {
    throw invalid(
      `Node has no hash algorithm ${algorithm}`,
      "the usual one is 'sha256'; all: require('node:crypto').getHashes()",
    )
  }
  if (encoding !== 'hex' && encoding !== 'base64')
    throw invalid(`hashes are not written in ${encoding}`, "write encoding: 'hex' or 'base64'")
  return {
    order,
    hash,
    previous,
    // The row has the columns of the table, which is what the user's type says of it.
    payload: (row) => payload(row as TextRow<Row>),
    algorithm,
    encoding,
    first,
    per,
  }
}
