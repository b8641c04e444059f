import { display } from '../../expect/index.ts'

/** One thing that is asked of a column, constraint, index, ... */
export interface Demand<Item> {
  /** As a message calls it: `type`, `on delete`. */
  readonly name: string
  /** As a message shows it. */
  readonly wanted: string
  met(item: Item): boolean
  /** What the item has in its place, as a message shows it. */
  found(item: Item): string
  /** True: an item that fails it is another one, and not one that differs. */
  readonly tells?: boolean
  /** True: it goes without saying, and is told only where it is not met. */
  readonly unspoken?: boolean
}

/** A demand on a text or pattern; nothing is demanded where none is given. */
export function textDemand<Item>(
  name: string,
  wanted: string | RegExp | null | undefined,
  read: (item: Item) => string | null,
  same: (wanted: string, found: string) => boolean = (a, b) => a === b,
): readonly Demand<Item>[] {
  if (wanted === undefined) return []
  return [
    {
      name,
      wanted: wanted === null ? 'none' : String(wanted),
      met(item) {
        const found = read(item)
        if (wanted === null || found === null) return wanted === found
        // A pattern with the flag g or y remembers where it stopped.
        if (wanted instanceof RegExp) return new RegExp(wanted.source, wanted.flags.replaceAll(/[gy]/g, '')).test(found)
        return same(wanted, found)
      },
      found: (item) => read(item) ?? 'none',
    },
  ]
}

/** A demand on a value that is equal or is not. */
export function valueDemand<Item, Value extends string | number | boolean>(
  name: string,
  wanted: Value | undefined,
  read: (item: Item) => Value | undefined,
): readonly Demand<Item>[] {
  if (wanted === undefined) return []
  const show = (value: Value | undefined): string =>
    value === undefined ? 'none' : typeof value === 'string' ? value : display(value)
  return [{ name, wanted: show(wanted), met: (item) => read(item) === wanted, found: (item) => show(read(item)) }]
}

/** A demand on names; `ordered` says whether their order counts. */
export function namesDemand<Item>(
  name: string,
  wanted: readonly string[] | undefined,
  read: (item: Item) => readonly string[],
  ordered: boolean,
): readonly Demand<Item>[] {
  if (wanted === undefined) return []
  const text = (names: readonly string[]): string => (ordered ? names : names.toSorted()).join(', ')
  return [
    {
      name,
      wanted: wanted.join(', ') || 'none',
      met: (item) => text(read(item)) === text(wanted),
      found: (item) => read(item).join(', ') || 'none',
    },
  ]
}

/** Marks demands without which an item is another one. */
export function telling<Item>(demands: readonly Demand<Item>[]): readonly Demand<Item>[] {
  return demands.map((demand) => ({ ...demand, tells: true }))
}

/** Demands that are made of every item of a kind, and told only where they are not met. */
export function unspoken<Item>(demands: readonly Demand<Item>[]): readonly Demand<Item>[] {
  return demands.map((demand) => ({ ...demand, unspoken: true }))
}

/** The item that meets all demands. */
export function findMeeting<Item>(items: readonly Item[], demands: readonly Demand<Item>[]): Item | undefined {
  return items.find((item) => demands.every((demand) => demand.met(item)))
}

/**
 * The item that meets most, among those that are told from others by what they meet; undefined where there is none, since what
 * shares some property alone is another one.
 */
export function findClosest<Item>(items: readonly Item[], demands: readonly Demand<Item>[]): Item | undefined {
  const telling = demands.filter(({ tells }) => tells === true)
  const alike = telling.length === 0 ? items : items.filter((item) => telling.some((demand) => demand.met(item)))
  const points = (item: Item): number => demands.filter((demand) => demand.met(item)).length
  return alike.toSorted((a, b) => points(b) - points(a))[0]
}
