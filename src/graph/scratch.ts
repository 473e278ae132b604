import { Adjacency } from './adjacency.ts'
import type { GraphInput, GraphNode } from './input.ts'
import { numberGraph } from './numbered.ts'
import { type Parts, structureOf } from './parts.ts'
import { outcomeNumber, stateOf } from './readiness.ts'
import { assignLayers } from './structure.ts'

/** Plans a whole graph. */
export function planFromScratch<N extends GraphNode>(input: GraphInput<N>): Parts<N> {
  const { ids, nodes, marks, source, target, mark, ranges } = numberGraph(input)
  const size = ids.size
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
  return { ids, nodes, count: nodes.length, structure, outcome, state, slots: source.length, changed: [] }
}
