import { type Adjacency, OPTIONAL } from './adjacency.ts'

/**
 * The strongly connected components with more than one node, or with an edge to itself, of the part of the graph that is
 * made of `nodes` (Tarjan, 1972; without recursion, so that a long chain cannot overflow the stack).
 *
 * @param inside - 1 for exactly the `nodes`
 * @param requiredOnly - leave the optional edges out
 */
export function findCyclicComponents(
  nodes: ArrayLike<number>,
  inside: Uint8Array,
  dependencies: Adjacency,
  requiredOnly: boolean,
): number[][] {
  const { first, last, target, mark } = dependencies
  const size = inside.length
  const components: number[][] = []
  const visit = new Int32Array(size)
  const low = new Int32Array(size)
  const cursor = new Int32Array(size)
  const open: number[] = []
  const path: number[] = []
  let visits = 0

  for (let n = 0; n < nodes.length; n += 1) {
    const root = nodes[n] as number
    if (visit[root] !== 0) continue
    path.push(root)
    while (path.length > 0) {
      const node = path[path.length - 1] as number
      if (visit[node] === 0) {
        visits += 1
        visit[node] = visits
        low[node] = visits
        cursor[node] = first[node] as number
        open.push(node)
      }
      let descended = false
      while ((cursor[node] as number) < (last[node] as number)) {
        const slot = cursor[node] as number
        cursor[node] = slot + 1
        const next = target[slot] as number
        if (inside[next] !== 1 || (requiredOnly && ((mark[slot] as number) & OPTIONAL) !== 0)) continue
        if (visit[next] === 0) {
          path.push(next)
          descended = true
          break
        }
        // The nodes of a complete component have a negative `low`.
        if ((low[next] as number) > 0) low[node] = Math.min(low[node] as number, visit[next] as number)
      }
      if (descended) continue
      path.pop()
      if (low[node] === visit[node]) {
        const members = open.splice(open.lastIndexOf(node))
        for (const member of members) low[member] = -1
        if (members.length > 1 || hasSelfEdge(node, dependencies, requiredOnly)) components.push(members)
      } else {
        const parent = path[path.length - 1] as number
        low[parent] = Math.min(low[parent] as number, low[node] as number)
      }
    }
  }
  return components
}

function hasSelfEdge(node: number, { first, last, target, mark }: Adjacency, requiredOnly: boolean): boolean {
  for (let slot = first[node] as number; slot < (last[node] as number); slot += 1) {
    if (target[slot] === node && !(requiredOnly && ((mark[slot] as number) & OPTIONAL) !== 0)) return true
  }
  return false
}
