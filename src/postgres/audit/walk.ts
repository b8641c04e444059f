import { createHash } from 'node:crypto'
import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import type { Column } from '../probe/catalog.ts'
import type { ChainPlan } from './chain-options.ts'

/** A link as it is read: all columns as text. */
export type Link = Readonly<Record<string, string | null>>

/** What is wrong at a link, as far as its neighbours show it. */
export type Flaw =
  /** Its hash is not the hash of its content. */
  | { readonly kind: 'content'; readonly expected: string; readonly found: string | null }
  /** It does not name the hash of the link before it. */
  | { readonly kind: 'link'; readonly expected: string | null; readonly found: string | null }

/** A flaw with where it is. */
export interface FlawedLink {
  /** Its place in its chain, from 1. */
  readonly position: number
  readonly link: Link
  /** The link before it; undefined for the first. */
  readonly before: Link | undefined
  readonly flaw: Flaw
}

/** Follows links in order. */
export interface Walk {
  /** Takes the next link; the first flaw ends the walk. */
  take(link: Link): FlawedLink | undefined
  /** Links taken so far. */
  readonly links: number
  readonly chains: number
}

/** A hash as it compares: bytea without its `\x`, hex in lower case. */
export function plainHash(column: Column, encoding: ChainPlan['encoding'], text: string | null): string | null {
  if (text === null) return null
  if (column.type === 'bytea') return text.slice(2)
  const trimmed = column.type === 'bpchar' ? text.trimEnd() : text
  return encoding === 'hex' ? trimmed.toLowerCase() : trimmed
}

/** Begins to follow a chain. */
export function walkChain(plan: ChainPlan, columns: { readonly hash: Column; readonly previous: Column }): Walk {
  let [links, chains, position] = [0, 0, 0]
  let before: Link | undefined

  const hashOf = (link: Link): string | null => plainHash(columns.hash, plan.encoding, link[columns.hash.name] ?? null)

  function digest(link: Link): string {
    const content = plan.payload(link)
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
      throw new BacklotError('BACKLOT_USAGE', `payload gave ${display(content)}, which cannot be hashed`, {
        hint: 'return text or a Buffer',
      })
    }
    const encoding = columns.hash.type === 'bytea' ? 'hex' : plan.encoding
    return createHash(plan.algorithm).update(content).digest(encoding)
  }

  function flawOf(link: Link): Flaw | undefined {
    const found = plainHash(columns.previous, plan.encoding, link[columns.previous.name] ?? null)
    const expected =
      before === undefined
        ? plainHash({ ...columns.previous, type: 'text' }, plan.encoding, plan.first)
        : hashOf(before)
    const wanted = digest(link)
    const own = hashOf(link)
    if (own !== wanted) return { kind: 'content', expected: wanted, found: own }
    return found === expected ? undefined : { kind: 'link', expected, found }
  }

  return {
    take(link) {
      const sameChain =
        before !== undefined && (plan.per === undefined || (before[plan.per] ?? null) === (link[plan.per] ?? null))
      if (!sameChain) {
        before = undefined
        position = 0
        chains += 1
      }
      links += 1
      position += 1
      const flaw = flawOf(link)
      if (flaw !== undefined) return { position, link, before, flaw }
      before = link
      return undefined
    },
    get links() {
      return links
    },
    get chains() {
      return chains
    },
  }
}
