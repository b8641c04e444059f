/**
 * Natural order: runs of digits by their value, so that `2_users` comes before `10_invites`; the rest by code unit, whatever the
 * language of the machine.
 */
export function naturalOrder(a: string, b: string): number {
  const chunksOf = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? []
  const left = chunksOf(a)
  const right = chunksOf(b)
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const one = left[index] ?? ''
    const two = right[index] ?? ''
    if (one === two) continue
    const numeric = /^\d/.test(one) && /^\d/.test(two)
    if (numeric && BigInt(one) !== BigInt(two)) return BigInt(one) < BigInt(two) ? -1 : 1
    return one < two ? -1 : 1
  }
  return left.length - right.length
}
