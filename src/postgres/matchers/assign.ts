/**
 * Gives each expected row one row of its own (maximum bipartite matching by augmenting paths), so that two expected rows
 * are not both met by the same one.
 *
 * @param expected how many are expected
 * @param rows how many there are
 * @param fits whether row `row` meets expectation `index`
 * @returns for each expectation the row it got, or undefined
 * @see Kuhn's algorithm for the assignment problem
 */
export function assign(
  expected: number,
  rows: number,
  fits: (index: number, row: number) => boolean,
): readonly (number | undefined)[] {
  const owner: (number | undefined)[] = Array.from({ length: rows })
  const place = (index: number, tried: Set<number>): boolean => {
    for (let row = 0; row < rows; row += 1) {
      if (tried.has(row) || !fits(index, row)) continue
      tried.add(row)
      const holder = owner[row]
      if (holder === undefined || place(holder, tried)) {
        owner[row] = index
        return true
      }
    }
    return false
  }
  for (let index = 0; index < expected; index += 1) place(index, new Set())
  return Array.from({ length: expected }, (_, index) => {
    const row = owner.indexOf(index)
    return row < 0 ? undefined : row
  })
}

/**
 * The same where the order counts: each expected row must come after the one before it.
 */
export function assignInOrder(
  expected: number,
  rows: number,
  fits: (index: number, row: number) => boolean,
): readonly (number | undefined)[] {
  let from = 0
  return Array.from({ length: expected }, (_, index) => {
    for (let row = from; row < rows; row += 1) {
      if (!fits(index, row)) continue
      from = row + 1
      return row
    }
    return undefined
  })
}
