/**
 * Groups of nodes that can reach each other, after Tarjan's algorithm; single nodes count only where they name themselves.
 *
 * @param graph every node with the nodes that it points to
 */
export function cycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []

  const visit = (node: string): void => {
    order.set(node, order.size)
    low.set(node, order.size - 1)
    stack.push(node)
    const targets = graph.get(node) ?? new Set()
    for (const target of targets) {
      if (!order.has(target)) visit(target)
      else if (!stack.includes(target)) continue
      low.set(node, Math.min(low.get(node) ?? 0, low.get(target) ?? 0))
    }
    if (low.get(node) !== order.get(node)) return
    const group = stack.splice(stack.indexOf(node))
    if (group.length > 1 || targets.has(node)) found.push(group.toSorted())
  }

  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return found
}
