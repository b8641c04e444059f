import { randomBytes } from 'node:crypto'
import { findColumn, type Table } from '../probe/catalog.ts'
import type { RunRows } from '../probe/rows.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import type { ChainPlan } from './chain-options.ts'
import { type FlawedLink, type Link, walkChain } from './walk.ts'

/** The first link that is broken. */
export interface BrokenLink {
  /**
   * - `content`: the row is not what was hashed, or its hash was changed
   * - `unlinked`: it names no previous link, though there is one before it
   * - `start`: the first link names a previous one that no row has: what came before it was deleted
   * - `missing`: it names a link that no row has, and numbers are left out before it: rows were deleted in between
   * - `rewritten`: it names a link that no row has, and none is left out: the row before it was written anew with its hash
   * - `order`: it names a link that is there, but not the one before it
   */
  readonly kind: 'content' | 'unlinked' | 'start' | 'missing' | 'rewritten' | 'order'
  /** Place in its chain, from 1. */
  readonly position: number
  /** What the column of the order says, as text. */
  readonly order: string | null
  /** Value of the column `per`; undefined without one. */
  readonly chain?: string | null
  /** The hash that should stand in the row, its own or that of the link before it. */
  readonly expected: string | null
  readonly found: string | null
}

/** What a walk along a chain found. */
export interface ChainReport {
  /** Links that were looked at, up to the first that is broken. */
  readonly links: number
  readonly chains: number
  readonly broken?: BrokenLink
}

/** Rows that are read at a time. */
const pageSize = 1000

/** Reads a query's rows page by page: a cursor that the server holds, so that all pages show one moment. */
async function eachPage(
  run: RunRows,
  query: string,
  take: (rows: readonly (readonly (string | null)[])[]) => boolean,
): Promise<void> {
  const cursor = quoteIdentifier(`backlot_chain_${randomBytes(4).toString('hex')}`)
  await run(`DECLARE ${cursor} NO SCROLL CURSOR WITH HOLD FOR ${query}`, [])
  try {
    for (;;) {
      const rows = await run(`FETCH ${pageSize} FROM ${cursor}`, [])
      if (!take(rows) || rows.length < pageSize) return
    }
  } finally {
    await run(`CLOSE ${cursor}`, []).catch(() => [])
  }
}

function isNumbered(text: string | null | undefined): text is string {
  return typeof text === 'string' && /^-?\d+$/.test(text)
}

/** Whether numbers between two links are those of no row; rows of other chains are no gap. */
async function skips(
  run: RunRows,
  { table, order }: { readonly table: Table; readonly order: string },
  before: string | null | undefined,
  after: string | null | undefined,
): Promise<boolean> {
  if (!isNumbered(before) || !isNumbered(after)) return false
  const between = BigInt(after) - BigInt(before) - 1n
  if (between < 1n) return false
  const column = `t.${quoteIdentifier(order)}`
  const [row] = await run(
    `SELECT count(*) FROM ${table.sql} AS t WHERE ${column} > $1::numeric AND ${column} < $2::numeric`,
    [before, after],
  )
  return BigInt(row?.[0] ?? 0) < between
}

async function kindOf(
  run: RunRows,
  table: Table,
  plan: ChainPlan,
  { flaw, before, link }: FlawedLink,
): Promise<BrokenLink['kind']> {
  if (flaw.kind === 'content') return 'content'
  const hash = findColumn(table, plan.hash)
  const first = plan.encoding === 'hex' ? plan.first?.toLowerCase() : plan.first
  if (before !== undefined && (flaw.found === null || flaw.found === first)) return 'unlinked'
  const of = (column: string): string => `t.${quoteIdentifier(findColumn(table, column).name)}`
  const text = hash.type === 'bytea' ? `pg_catalog.encode(${of(plan.hash)}, 'hex')` : `${of(plan.hash)}::text`
  const folded = plan.encoding === 'hex' || hash.type === 'bytea' ? `pg_catalog.lower(${text})` : text
  const chain = plan.per === undefined ? '' : ` AND ${of(plan.per)}::text IS NOT DISTINCT FROM $2::text`
  const values = [flaw.found, ...(plan.per === undefined ? [] : [link[findColumn(table, plan.per).name] ?? null])]
  const there = await run(`SELECT 1 FROM ${table.sql} AS t WHERE ${folded} = $1::text${chain} LIMIT 1`, values)
  if (there.length > 0) return 'order'
  if (before === undefined) return 'start'
  const order = findColumn(table, plan.order).name
  return (await skips(run, { table, order }, before[order], link[order])) ? 'missing' : 'rewritten'
}

/**
 * Walks along a chain up to its first broken link.
 *
 * @throws BacklotError `BACKLOT_COLUMN_NOT_FOUND`, `BACKLOT_USAGE` for a payload that cannot be hashed
 */
export async function verifyChain(run: RunRows, table: Table, plan: ChainPlan): Promise<ChainReport> {
  const [order, hash, previous] = [plan.order, plan.hash, plan.previous].map((name) => findColumn(table, name))
  const per = plan.per === undefined ? undefined : findColumn(table, plan.per)
  if (order === undefined || hash === undefined || previous === undefined)
    throw new Error('three columns were asked for')
  const walk = walkChain({ ...plan, per: per?.name }, { hash, previous })
  const names = table.columns.map(({ name }) => name)
  const sorted = [...(per === undefined ? [] : [per]), order].map(({ name }) => `t.${quoteIdentifier(name)}`)
  const query = `SELECT ${names.map((name) => `t.${quoteIdentifier(name)}`).join(', ')} FROM ${table.sql} AS t ORDER BY ${sorted.join(', ')}`
  let flawed: FlawedLink | undefined
  await eachPage(run, query, (rows) => {
    for (const row of rows) {
      const link: Link = Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]))
      flawed = walk.take(link)
      if (flawed !== undefined) return false
    }
    return true
  })
  const { links, chains } = walk
  if (flawed === undefined) return { links, chains }
  const { flaw, position, link } = flawed
  const broken: BrokenLink = {
    kind: await kindOf(run, table, plan, flawed),
    position,
    order: link[order.name] ?? null,
    ...(per === undefined ? {} : { chain: link[per.name] ?? null }),
    expected: flaw.expected,
    found: flaw.found,
  }
  return { links, chains, broken }
}
