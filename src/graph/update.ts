import type { Adjacency } from './adjacency.ts'
import { EdgeChanges } from './edge-changes.ts'
import type { GraphChanges, GraphNode, NodeOutcome } from './input.ts'
import { inputOf, type Parts, structureOf } from './parts.ts'
import { outcomeNumber, updateStates } from './readiness.ts'
import { planFromScratch } from './scratch.ts'
import { assignLayers, DUPLICATE, PRESENT, type Structure } from './structure.ts'

/** Plans a changed graph from the plan before: only what the change reaches is planned again. */
export function planUpdate<N extends GraphNode>(before: Parts<N>, changes: GraphChanges<N>): Parts<N> {
  const { ids } = before
  const added = groupById(changes.nodes ?? [])
  const removed = [...(changes.removeNodes ?? [])]
  const outcomes = Object.entries(changes.outcomes ?? {})
  const edges = new EdgeChanges(before.structure, ids)
  for (const edge of changes.removeEdges ?? []) edges.remove(edge)
  for (const edge of changes.edges ?? []) edges.add(edge)
  for (const id of [...removed, ...added.keys(), ...outcomes.map(([id]) => id)]) ids.number(id)

  const update = new Update(before, edges, removed.length + added.size > 0)
  for (const id of removed) update.remove(ids.number(id))
  for (const [id, same] of added) update.add(ids.number(id), same)
  for (const [id, outcome] of outcomes) update.setOutcome(ids.number(id), outcome)
  const after = update.finish()
  // Replaced lists and the numbers of removed ids stay behind; before they outweigh the rest, the plan is made from scratch.
  const isWasteful = after.structure.dependencies.used > 4 * before.slots + 4096 || ids.size > 4 * after.count + 4096
  return isWasteful ? renewed(after) : after
}

/** A copy of what a plan holds, changed node by node. */
class Update<N extends GraphNode> {
  readonly #before: Parts<N>
  readonly #nodes: (N | undefined)[]
  readonly #structure: Structure
  readonly #outcome: Uint8Array
  readonly #state: Uint8Array
  #count: number
  /** The nodes whose layer may be another: they differ, or the node at the end of one of their edges does. */
  readonly #affected: Set<number>
  /** The nodes whose state may be another, whatever their layer. */
  readonly #restated: Set<number>

  constructor(before: Parts<N>, edges: EdgeChanges, copiesNodes: boolean) {
    const size = before.ids.size
    const { marks, layer, optionalCycles } = before.structure
    const { dependencies, dependants } = edges.store(size)
    this.#before = before
    this.#nodes = copiesNodes ? [...before.nodes] : (before.nodes as (N | undefined)[])
    this.#structure = structureOf(
      this.#nodes,
      dependencies,
      dependants,
      grown(marks, new Uint8Array(size)),
      grown(layer, new Int32Array(size).fill(-1, layer.length)),
      new Map(optionalCycles),
    )
    this.#outcome = grown(before.outcome, new Uint8Array(size))
    this.#state = grown(before.state, new Uint8Array(size))
    this.#count = before.count
    this.#affected = new Set(edges.affected)
    this.#restated = new Set(edges.sameLayer)
  }

  remove(node: number): void {
    const { marks, layer, optionalCycles } = this.#structure
    if (((marks[node] as number) & PRESENT) !== 0) this.#count -= 1
    marks[node] = 0
    layer[node] = -1
    this.#outcome[node] = 0
    this.#nodes[node] = undefined
    optionalCycles.delete(node)
    this.#restated.add(node)
    this.#affect(node)
  }

  /** Adds a node, or replaces the one with its id; `same` are all nodes given with this id. */
  add(node: number, same: readonly N[]): void {
    const { marks } = this.#structure
    const mark = PRESENT | (same.length > 1 ? DUPLICATE : 0)
    const isKnown = ((marks[node] as number) & (PRESENT | DUPLICATE)) === mark && this.#nodes[node]?.version === same[0]?.version
    if (((marks[node] as number) & PRESENT) === 0) this.#count += 1
    this.#nodes[node] = same[0]
    if (isKnown) return
    marks[node] = mark
    this.#affect(node)
  }

  setOutcome(node: number, outcome: NodeOutcome): void {
    this.#outcome[node] = outcomeNumber(outcome)
    this.#restated.add(node)
  }

  /** Brings layers and states up to date. */
  finish(): Parts<N> {
    const { ids, slots, state: stateBefore, structure } = this.#before
    const { marks, dependants, layer } = this.#structure
    const region = reach(this.#affected, marks, dependants)
    assignLayers(region, this.#structure)
    const looked = updateStates(new Set([...this.#restated, ...region]), this.#structure, this.#outcome, this.#state)
    const changed = [...looked].filter(
      (node) => (stateBefore[node] ?? 0) !== this.#state[node] || (structure.layer[node] ?? -1) !== layer[node],
    )
    const shared = { ids, nodes: this.#nodes, count: this.#count, slots, changed }
    return { ...shared, structure: this.#structure, outcome: this.#outcome, state: this.#state }
  }

  #affect(node: number): void {
    this.#affected.add(node)
    for (const { target } of this.#structure.dependants.list(node)) this.#affected.add(target)
  }
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

function groupById<N extends GraphNode>(nodes: Iterable<N>): Map<string, N[]> {
  const groups = new Map<string, N[]>()
  for (const node of nodes) {
    const group = groups.get(node.id)
    if (group === undefined) groups.set(node.id, [node])
    else group.push(node)
  }
  return groups
}
