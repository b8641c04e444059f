/** A set of listeners: adding one returns its undo. */
export interface Listeners<Args extends readonly unknown[], Result> {
  add(listener: (...args: Args) => Result): () => void
  /** Calls them all; resolves to their results. */
  call(...args: Args): readonly Result[]
}

/** A list of listeners, empty at first. */
export function createListeners<Args extends readonly unknown[], Result>(): Listeners<Args, Result> {
  const all = new Set<(...args: Args) => Result>()
  return {
    add(listener) {
      all.add(listener)
      return () => all.delete(listener)
    },
    call: (...args) => [...all].map((listener) => listener(...args)),
  }
}
