import type { Adjacency } from './adjacency.ts'
import { EdgeChanges } from './edge-changes.ts'
import type { GraphChanges, GraphNode } from './input.ts'
import { inputOf, type Parts, structureOf } from './parts.ts'
import { outcomeNumber, updateStates } from './readiness.ts'
import { planFromScratch } from './scratch.ts'
import { assignLayers, DUPLICATE, PRESENT } from './structure.ts'

/** Plans a changed graph from the plan before: only what the change reaches is planned again. */
export function planUpdate<N extends GraphNode>(before: Parts<N>, changes: GraphChanges<N>): Parts<N> {
  const { ids } = before
  const added = group(changes.nodes ?? [])
  const removed = [...(changes.removeNodes ?? [])]
  const edges = new EdgeChanges(before.structure, ids)
  for (const edge of changes.removeEdges ?? []) edges.remove(edge)
  for (const edge of changes.edges ?? []) edges.add(edge)
  for (const id of removed) ids.number(id)
  for (const id of added.keys()) ids.number(id)
  for (const id of Object.keys(changes.outcomes ?? {})) ids.number(id)

  const size = ids.size
  const marks = grown(before.structure.marks, new Uint8Array(size))
  const layer = grown(before.structure.layer, new Int32Array(size).fill(-1, before.structure.layer.length))
  const outcome = grown(before.outcome, new Uint8Array(size))
  const state = grown(before.state, new Uint8Array(size))
  const nodes = removed.length + added.size === 0 ? before.nodes : [...before.nodes]
  const { dependencies, dependants } = edges.store(size)
  const structure = structureOf(nodes, dependencies, dependants, marks, layer, new Map(before.structure.optionalCycles))

  // The nodes that are different themselves, or see another node at the end of an edge.
  const touched = new Set(edges.affected)
  const restated = new Set(edges.sameLayer)
  const touch = (node: number): void => {
    touched.add(node)
    for (const { target } of dependants.list(node)) touched.add(target)
  }
  let count = before.count
  for (const id of removed) {
    const node = ids.number(id)
    if (((marks[node] as number) & PRESENT) !== 0) count -= 1
    marks[node] = 0
    layer[node] = -1
    outcome[node] = 0
    ;(nodes as (N | undefined)[])[node] = undefined
    structure.optionalCycles.delete(node)
    restated.add(node)
    touch(node)
  }
  for (const [id, same] of added) {
    const node = ids.number(id)
    const mark = PRESENT | (same.length > 1 ? DUPLICATE : 0)
    const known = ((marks[node] as number) & (PRESENT | DUPLICATE)) === mark && nodes[node]?.version === same[0]?.version
    if (((marks[node] as number) & PRESENT) === 0) count += 1
    ;(nodes as (N | undefined)[])[node] = same[0]
    if (known) continue
    marks[node] = mark
    touch(node)
  }
  for (const [id, value] of Object.entries(changes.outcomes ?? {})) {
    const node = ids.number(id)
    outcome[node] = outcomeNumber(value)
    restated.add(node)
  }

  const region = reach(touched, marks, dependants)
  assignLayers(region, structure)
  const looked = updateStates(new Set([...restated, ...region]), structure, outcome, state)
  const changed = [...looked].filter((node) => {
    const was = node < before.state.length
    return (was ? before.state[node] : 0) !== state[node] || (was ? before.structure.layer[node] : -1) !== layer[node]
  })

  const after = { ids, nodes, count, structure, outcome, state, slots: before.slots, changed }
  // Lists that were replaced and ids that are gone stay behind; before they outweigh the rest, the plan is made from scratch.
  return dependencies.used > 4 * before.slots + 4096 || size > 4 * count + 4096 ? renewed(after) : after
}

/** The same plan without what changes have left behind. */
function renewed<N extends GraphNode>(parts: Parts<N>): Parts<N> {
  const fresh = planFromScratch(inputOf(parts))
  return { ...fresh, changed: parts.changed.map((node) => fresh.ids.number(parts.ids.name(node))) }
}

/** `seeds` that are present, and everything that depends on them. */
function reach(seeds: Iterable<number>, marks: Uint8Array, { first, last, target }: Adjacency): number[] {
  const seen = new Set<number>()
  const add = (node: number): void => {
    if (((marks[node] as number) & PRESENT) !== 0) seen.add(node)
  }
  for (const seed of seeds) add(seed)
  // A set that grows while it is walked is a queue.
  for (const node of seen) for (let slot = first[node] as number; slot < (last[node] as number); slot += 1) add(target[slot] as number)
  return [...seen]
}

function grown<A extends Uint8Array | Int32Array>(old: A, fresh: A): A {
  fresh.set(old)
  return fresh
}

function group<N extends GraphNode>(nodes: Iterable<N>): Map<string, N[]> {
  const groups = new Map<string, N[]>()
  for (const node of nodes) {
    const group = groups.get(node.id)
    if (group === undefined) groups.set(node.id, [node])
    else group.push(node)
  }
  return groups
}
