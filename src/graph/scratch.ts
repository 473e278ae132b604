import { Adjacency } from './adjacency.ts'
import { Ids } from './ids.ts'
import type { GraphEdge, GraphInput, GraphNode } from './input.ts'
import { markOf, type Parts, structureOf } from './parts.ts'
import { outcomeNumber, stateOf } from './readiness.ts'
import { assignLayers, DUPLICATE, PRESENT } from './structure.ts'

/** Plans a whole graph. */
export function planFromScratch<N extends GraphNode>(input: GraphInput<N>): Parts<N> {
  const ids = new Ids()
  const nodes: N[] = []
  const duplicates: number[] = []
  for (const node of input.nodes) {
    const known = ids.size
    const number = ids.number(node.id)
    if (number < known) duplicates.push(number)
    else nodes.push(node)
  }
  const edges = Array.isArray(input.edges) ? (input.edges as readonly GraphEdge[]) : [...input.edges]
  const source = new Int32Array(edges.length)
  const target = new Int32Array(edges.length)
  const mark = new Uint8Array(edges.length)
  const ranges = new Map<number, string>()
  for (let e = 0; e < edges.length; e += 1) {
    const edge = edges[e] as GraphEdge
    // The edges of a node mostly come together, and looking ids up is what takes the time.
    source[e] = e > 0 && edge.from === (edges[e - 1] as GraphEdge).from ? (source[e - 1] as number) : ids.number(edge.from)
    target[e] = ids.number(edge.to)
    mark[e] = markOf(edge)
    if (edge.range !== undefined) ranges.set(e, edge.range)
  }
  for (const id of Object.keys(input.outcomes ?? {})) ids.number(id)

  const size = ids.size
  const marks = new Uint8Array(size).fill(PRESENT, 0, nodes.length)
  for (const node of duplicates) marks[node] = PRESENT | DUPLICATE
  const layer = new Int32Array(size).fill(-1)
  const dependencies = Adjacency.build(size, source, target, mark, ranges)
  const dependants = Adjacency.build(size, target, source, mark, ranges)
  const structure = structureOf(nodes, dependencies, dependants, marks, layer, new Map())
  const all = new Int32Array(nodes.length)
  for (let node = 0; node < all.length; node += 1) all[node] = node
  const ordered = assignLayers(all, structure)

  const outcome = new Uint8Array(size)
  for (const [id, value] of Object.entries(input.outcomes ?? {})) outcome[ids.number(id)] = outcomeNumber(value)
  const state = new Uint8Array(size)
  for (let node = 0; node < all.length; node += 1) if (layer[node] === -1) state[node] = stateOf(node, structure, outcome, state)
  for (let n = 0; n < ordered.length; n += 1) state[ordered[n] as number] = stateOf(ordered[n] as number, structure, outcome, state)
  return { ids, nodes, count: nodes.length, structure, outcome, state, slots: edges.length, changed: [] }
}
