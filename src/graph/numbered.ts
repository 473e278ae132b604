import { Ids } from './ids.ts'
import type { GraphEdge, GraphInput, GraphNode } from './input.ts'
import { markOf } from './parts.ts'
import { DUPLICATE, PRESENT } from './structure.ts'

/** A graph in numbers: nodes are those below `nodes.length`, and larger numbers are ids that edges alone name. Edge `e` goes from `source[e]` to `target[e]`. */
export interface NumberedGraph<N extends GraphNode> {
  readonly ids: Ids
  readonly nodes: readonly N[]
  readonly marks: Uint8Array
  readonly source: Int32Array
  readonly target: Int32Array
  readonly mark: Uint8Array
  readonly ranges: ReadonlyMap<number, string>
}

/** Numbers the nodes, and what edges and outcomes name. */
export function numberGraph<N extends GraphNode>(input: GraphInput<N>): NumberedGraph<N> {
  const given = listOf(input.nodes)
  const edges = listOf(input.edges)
  const ids = new Ids(given.length)
  const nodes: N[] = []
  const duplicates: number[] = []
  for (const node of given) {
    const known = ids.size
    const number = ids.number(node.id)
    if (number < known) duplicates.push(number)
    else nodes.push(node)
  }
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
  const marks = new Uint8Array(ids.size).fill(PRESENT, 0, nodes.length)
  for (const node of duplicates) marks[node] = PRESENT | DUPLICATE
  return { ids, nodes, marks, source, target, mark, ranges }
}

function listOf<T>(items: Iterable<T>): readonly T[] {
  return Array.isArray(items) ? items : [...items]
}
