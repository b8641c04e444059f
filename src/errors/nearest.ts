/** Edit distance (Levenshtein): how many single characters must be changed, added or taken away. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/**
 * The name that someone probably meant.
 *
 * @param name what was written
 * @param known what there is
 * @returns the nearest known name, or undefined when none is near: more than a third of the letters (at least two) differ
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const written = name.toLowerCase()
  let best: { name: string; distance: number } | undefined
  for (const candidate of known) {
    const found = distance(written, candidate.toLowerCase())
    if (best === undefined || found < best.distance) best = { name: candidate, distance: found }
  }
  if (best === undefined) return undefined
  return best.distance <= Math.max(2, Math.floor(name.length / 3)) ? best.name : undefined
}
