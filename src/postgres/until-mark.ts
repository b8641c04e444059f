/**
 * What ends with the test that began it, without a word from the test: instruments on the app's pool. Marks of all handles of the
 * process nest, since the engine puts and takes them together.
 */
interface Ending {
  readonly depth: number
  readonly end: () => Promise<void>
}

let depth = 0
let endings: readonly Ending[] = []

/** A mark was put. */
export function enterMark(): void {
  depth += 1
}

/** The innermost mark is returned to: what began under it ends. */
export async function leaveMark(): Promise<void> {
  const over = endings.filter((ending) => ending.depth >= depth)
  endings = endings.filter((ending) => ending.depth < depth)
  depth -= 1
  await Promise.all(over.map(({ end }) => end()))
}

/** Calls back when the innermost mark is returned to; at depth 0, outside of any test, never. Returns what calls it off. */
export function untilMark(end: () => Promise<void>): () => void {
  const ending: Ending = { depth, end }
  endings = [...endings, ending]
  return () => {
    endings = endings.filter((other) => other !== ending)
  }
}
