import type { MatcherContext, Outcome, Probe } from '../../contracts/index.ts'
import { probeMatchers } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { count, display } from '../../expect/index.ts'
import { ending, fails, stands } from '../matchers/failure.ts'
import { readWaiting, type WaitingOptions } from '../matchers/wait-options.ts'
import { watch } from '../matchers/watch.ts'
import { partsOfTable, type TableParts } from '../parts.ts'
import { type ChainPlan, type HashChainOptions, readChain } from './chain-options.ts'
import { type BrokenLink, type ChainReport, verifyChain } from './verify.ts'

/** Options of `toBeIntact`. */
export interface IntactOptions extends WaitingOptions {
  /** How many links there must be, over all chains: the one thing that shows that the last ones were deleted. Default: any, but not none. */
  readonly links?: number
}

/** What can be asserted on a chain of hashes. */
export interface HashChainMatchers {
  /**
   * Every link is what was hashed and names the link before it. A chain without links is not intact: it proves nothing. Looks
   * again after each commit, until its deadline.
   */
  toBeIntact(context: MatcherContext, options?: IntactOptions): Promise<Outcome>
}

/** A chain of hashes to assert on. */
export interface HashChain extends Probe<HashChainMatchers> {
  /** Walks along the chain, once: how many links there are, and the first that is broken. */
  verify(): Promise<ChainReport>
}

const reasons: Readonly<Record<BrokenLink['kind'], string>> = {
  content: 'its content or its hash was changed: the hash of what stands there is another',
  unlinked: 'it names no previous link, though there is one before it',
  start: 'it is the first, and names a previous link that no row has: what came before it was deleted',
  missing: 'it names a previous link that no row has, and numbers are left out before it: rows were deleted in between',
  rewritten: 'it names a previous link that no row has: the row before it was written anew, with a hash of its own',
  order: 'it names a link that is there, but is not the one before it: the order was changed, or two links follow one',
}

function describeBroken(plan: ChainPlan, broken: BrokenLink): readonly string[] {
  const chain = broken.chain === undefined ? '' : ` of the chain ${plan.per} = ${display(broken.chain)}`
  const column = broken.kind === 'content' ? plan.hash : plan.previous
  return [
    `The first broken link is number ${broken.position}${chain} (${plan.order}: ${broken.order}):`,
    `  ${reasons[broken.kind]}`,
    `  ${column} should be ${broken.expected ?? 'null'}`,
    `  ${' '.repeat(Math.max(0, column.length - 2))}and is ${broken.found ?? 'null'}`,
  ]
}

function isIntact(report: ChainReport, links: number | undefined): boolean {
  return report.broken === undefined && report.links > 0 && (links === undefined || report.links === links)
}

function checkLinks(links: unknown): void {
  if (links === undefined || (typeof links === 'number' && Number.isInteger(links) && links > 0)) return
  throw new BacklotError('BACKLOT_USAGE', `links is a number of links, not ${display(links)}`, {
    hint: 'for example toBeIntact({ links: 3 })',
  })
}

async function toBeIntact(
  { source, table }: TableParts,
  plan: ChainPlan,
  context: MatcherContext,
  options: IntactOptions = {},
): Promise<Outcome> {
  const waiting = readWaiting(context, 'toBeIntact', options, ['links'])
  checkLinks(options.links)
  const { not } = context
  const watched = await watch(source, {
    table,
    look: (known, run) => verifyChain(run, known, plan),
    holds: (report) => isIntact(report, options.links) !== not,
    prove: false,
    waiting,
  })
  if (watched.held) return stands(not)
  const { links, broken } = watched.value
  const shown = watched.table.shown
  const asserted = [plan.order, plan.previous, plan.hash]
  if (not) {
    const end = ending(watched, waiting, 'it is', 'it was not')
    return fails(not, source, watched, asserted, [
      `Expected the chain in ${shown} not to be intact`,
      ...end,
      '',
      `It has ${count(links, 'link')}.`,
    ])
  }
  const such = options.links === undefined ? '' : ` with ${count(options.links, 'link')}`
  const found =
    broken !== undefined
      ? 'it is broken'
      : links === 0
        ? 'it has no links, which proves nothing'
        : `it has ${count(links, 'link')}`
  const end = ending(watched, waiting, found, 'it was')
  const details = broken === undefined ? [] : ['', ...describeBroken(plan, broken)]
  return fails(not, source, watched, asserted, [
    `Expected the chain in ${shown} to be intact${such}`,
    ...end,
    ...details,
  ])
}

/**
 * A table whose rows are chained by hashes: each has the hash of its content and that of the row before it. Rows are read as
 * the text that Postgres prints, page by page, and hashed here.
 *
 * @throws BacklotError `BACKLOT_USAGE` for options that are none; by the first look `BACKLOT_COLUMN_NOT_FOUND`
 * @example
 * ```ts
 * const chain = hashChain({
 *   table: db.table('audit_log'), order: 'id', hash: 'hash', previous: 'previous_hash',
 *   payload: (row) => `${row.previous_hash ?? ''}|${row.entity_id}|${row.action}`,
 * })
 * await expect(chain).toBeIntact({ links: 3 })
 * await db.sql`UPDATE audit_log SET action = 'forged' WHERE id = 2`
 * await expect(chain).not.toBeIntact()
 * expect((await chain.verify()).broken).toMatchObject({ kind: 'content', order: '2' })
 * ```
 */
export function hashChain<Row>(options: HashChainOptions<Row>): HashChain {
  const parts = partsOfTable(options?.table, 'hashChain')
  const plan = readChain(options)
  return {
    [probeMatchers]: { toBeIntact: (context, given) => toBeIntact(parts, plan, context, given) },
    verify: () =>
      parts.source.withTable(parts.table, new AbortController().signal, (table, run) => verifyChain(run, table, plan)),
    toString: () => `hashChain({ table: ${options.table} })`,
  }
}
