import { Adjacency, OPTIONAL, RANGED, type Slot, STILL_NEEDED } from './adjacency.ts'
import { type Blocked, listBlocked } from './causes.ts'
import { compareIds, sortIds } from './code-points.ts'
import { type Cycle, listCycles } from './cycles.ts'
import { type Explanation, explainNode } from './explain.ts'
import { Ids } from './ids.ts'
import type { GraphChanges, GraphEdge, GraphInput, GraphNode, NodeOutcome } from './input.ts'
import { layIds } from './order.ts'
import { type EdgeEnds, type GraphProblem, listMissing, listProblems, listRelaxed } from './problems.ts'
import { type NodeState, outcomeName, outcomeNumber, READY, stateName, stateOf, updateStates, WAITING } from './readiness.ts'
import { DUPLICATE, PRESENT, placeNodes, type Structure } from './structure.ts'
import { inRange } from './versions.ts'

/** All that a plan knows, as plain JSON: what `JSON.stringify(plan)` writes. */
export interface GraphPlanData {
  readonly order: readonly string[]
  readonly layers: readonly (readonly string[])[]
  readonly ready: readonly string[]
  readonly waiting: readonly string[]
  readonly blocked: readonly Blocked[]
  readonly cycles: readonly Cycle[]
  readonly missing: readonly EdgeEnds[]
  readonly relaxed: readonly EdgeEnds[]
  readonly problems: readonly GraphProblem[]
}

/** What plans made from one another hand on. Nodes are numbers, the places in these arrays. */
interface Parts<N extends GraphNode> {
  readonly ids: Ids
  readonly nodes: readonly (N | undefined)[]
  readonly count: number
  readonly structure: Structure
  readonly outcome: Uint8Array
  readonly state: Uint8Array
  /** How many slots the lists had when they were built: what is beyond a multiple of it is waste. */
  readonly slots: number
  readonly changed: readonly number[]
}

/**
 * What can go, in which order, and why the rest cannot. Immutable; made by {@link planGraph} and {@link GraphPlan.with}. The lists
 * are made when they are first asked for, and are sorted by id, in the order of code points, unless said otherwise.
 */
export class GraphPlan<N extends GraphNode = GraphNode> {
  readonly #parts: Parts<N>
  #laid: ReturnType<typeof layIds> | undefined
  #listed: ReturnType<typeof listCycles> | undefined
  #ready: readonly string[] | undefined
  #waiting: readonly string[] | undefined
  #blocked: readonly Blocked[] | undefined
  #changed: readonly string[] | undefined

  /** @internal */
  constructor(parts: Parts<N>) {
    this.#parts = parts
  }

  /** How many nodes there are. */
  get size(): number {
    return this.#parts.count
  }

  /** The nodes that the edges allow to go, dependencies first: by layer, then by id. Outcomes do not change it. */
  get order(): readonly string[] {
    this.#laid ??= layIds(this.#parts.structure.layer, this.#parts.ids)
    return this.#laid.order
  }

  /** The same in layers: nothing in a layer depends on anything in it, and each is as early as it can be. */
  get layers(): readonly (readonly string[])[] {
    this.#laid ??= layIds(this.#parts.structure.layer, this.#parts.ids)
    return this.#laid.layers
  }

  /** The pending nodes that can go now: what they depend on is done. */
  get ready(): readonly string[] {
    this.#ready ??= this.#inState(READY)
    return this.#ready
  }

  /** The pending nodes whose turn will come. */
  get waiting(): readonly string[] {
    this.#waiting ??= this.#inState(WAITING)
    return this.#waiting
  }

  /** The pending nodes whose turn will not come unless something else changes, each with the nearest reason. */
  get blocked(): readonly Blocked[] {
    const { structure, state, ids } = this.#parts
    this.#blocked ??= listBlocked(structure, state, ids).sort((a, b) => compareIds(a.id, b.id))
    return this.#blocked
  }

  /** The cycles of required edges, one for each set of nodes that depend on one another. */
  get cycles(): readonly Cycle[] {
    return this.#cycles.cycles
  }

  /** The required edges to nodes that do not exist. */
  get missing(): readonly EdgeEnds[] {
    return listMissing(this.#parts.structure, this.#parts.ids)
  }

  /** The optional edges that were left out because they would close a circle. */
  get relaxed(): readonly EdgeEnds[] {
    return listRelaxed(this.#parts.structure, this.#parts.ids)
  }

  /** What is wrong with the data. Bad data is never an exception. */
  get problems(): readonly GraphProblem[] {
    return listProblems(this.#parts.structure, this.#parts.ids)
  }

  /** For a plan made by {@link GraphPlan.with}: the nodes whose layer or state is another than before. */
  get changed(): readonly string[] {
    this.#changed ??= sortIds(this.#parts.changed.map((node) => this.#parts.ids.name(node)))
    return this.#changed
  }

  /** The node with an id, as it was given. */
  node(id: string): N | undefined {
    const node = this.#find(id)
    return node === undefined ? undefined : this.#parts.nodes[node]
  }

  /** Where a node stands; `undefined` when there is none. */
  state(id: string): NodeState | undefined {
    const node = this.#find(id)
    return node === undefined ? undefined : stateName(this.#parts.state[node] as number)
  }

  /** Why a node stands where it stands, with the shortest way to each culprit; `undefined` when there is no such node. */
  explain(id: string): Explanation | undefined {
    const node = this.#find(id)
    if (node === undefined) return undefined
    const { structure, state, ids } = this.#parts
    return explainNode(node, { structure, state, ids, cycleOf: this.#cycles.of, versionOf: (other) => this.#parts.nodes[other]?.version })
  }

  /**
   * The plan of the changed graph: the same as planning it from scratch, for the price of what the change reaches (the nodes that
   * depend on what changed), plus a copy of a few numbers per node.
   *
   * @example
   * ```ts
   * import { planGraph } from 'fleetkit'
   *
   * const before = planGraph({ nodes: [{ id: 'db' }, { id: 'api' }], edges: [{ from: 'api', to: 'db' }] })
   * const after = before.with({ outcomes: { db: 'succeeded' } })
   * // after.changed is ['api', 'db'], after.ready is ['api']
   * ```
   */
  with(changes: GraphChanges<N>): GraphPlan<N> {
    const before = this.#parts
    const { ids } = before
    const added = group(changes.nodes ?? [])
    const removed = [...(changes.removeNodes ?? [])]
    const lists = new Lists(before.structure, ids)
    for (const edge of changes.removeEdges ?? []) lists.remove(edge)
    for (const edge of changes.edges ?? []) lists.add(edge)
    for (const id of removed) ids.number(id)
    for (const id of added.keys()) ids.number(id)
    for (const id of Object.keys(changes.outcomes ?? {})) ids.number(id)

    const size = ids.size
    const marks = grown(before.structure.marks, new Uint8Array(size))
    const layer = grown(before.structure.layer, new Int32Array(size).fill(-1, before.structure.layer.length))
    const outcome = grown(before.outcome, new Uint8Array(size))
    const state = grown(before.state, new Uint8Array(size))
    const nodes = removed.length + added.size === 0 ? before.nodes : [...before.nodes]
    const { dependencies, dependants } = lists.store(size)
    const structure = makeStructure(nodes, dependencies, dependants, marks, layer, new Map(before.structure.knots))

    // The nodes that are different themselves, or see another node at the end of an edge.
    const touched = new Set(lists.touched)
    const unsettled = new Set<number>()
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
      structure.knots.delete(node)
      unsettled.add(node)
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
      unsettled.add(node)
    }

    const region = reach(touched, marks, dependants)
    placeNodes(region, structure)
    const looked = updateStates(new Set([...unsettled, ...region]), structure, outcome, state)
    const changed = [...looked].filter((node) => {
      const was = node < before.state.length
      return (was ? before.state[node] : 0) !== state[node] || (was ? before.structure.layer[node] : -1) !== layer[node]
    })

    const after = new GraphPlan<N>({ ids, nodes, count, structure, outcome, state, slots: before.slots, changed })
    // Lists that were replaced and ids that are gone stay behind; before they outweigh the rest, begin anew.
    return dependencies.used > 4 * before.slots + 4096 || size > 4 * count + 4096 ? after.#renewed() : after
  }

  /** The graph as it was given, changes included. */
  toInput(): GraphInput<N> {
    const { ids, nodes, structure, outcome } = this.#parts
    const { dependencies, marks } = structure
    const given: N[] = []
    const edges: GraphEdge[] = []
    const outcomes: [string, NodeOutcome][] = []
    for (let node = 0; node < marks.length; node += 1) {
      const value = nodes[node]
      if (value !== undefined) given.push(value)
      if (value !== undefined && ((marks[node] as number) & DUPLICATE) !== 0) given.push(value)
      if (outcome[node] !== 0) outcomes.push([ids.name(node), outcomeName(outcome[node] as number)])
      for (const { target, mark, range } of dependencies.list(node)) {
        edges.push({
          from: ids.name(node),
          to: ids.name(target),
          ...((mark & OPTIONAL) !== 0 && { optional: true }),
          ...(range !== undefined && { range }),
          ...((mark & STILL_NEEDED) !== 0 && { whenMissing: 'still-needed-by' as const }),
        })
      }
    }
    return { nodes: given, edges, outcomes: Object.fromEntries(outcomes) }
  }

  /** The plan as data. */
  toJSON(): GraphPlanData {
    const { order, layers, ready, waiting, blocked, cycles, missing, relaxed, problems } = this
    return { order, layers, ready, waiting, blocked, cycles, missing, relaxed, problems }
  }

  get #cycles(): ReturnType<typeof listCycles> {
    this.#listed ??= listCycles(this.#parts.structure, this.#parts.ids)
    return this.#listed
  }

  #renewed(): GraphPlan<N> {
    const { ids, changed } = this.#parts
    const fresh = planGraph(this.toInput())
    const numbers = changed.map((node) => fresh.#parts.ids.number(ids.name(node)))
    return new GraphPlan<N>({ ...fresh.#parts, changed: numbers })
  }

  #find(id: string): number | undefined {
    const node = this.#parts.ids.find(id)
    if (node === undefined || ((this.#parts.structure.marks[node] ?? 0) & PRESENT) === 0) return undefined
    return node
  }

  #inState(wanted: number): string[] {
    const { state, ids } = this.#parts
    const found: string[] = []
    for (let node = 0; node < state.length; node += 1) if (state[node] === wanted) found.push(ids.name(node))
    return sortIds(found)
  }
}

/**
 * Plans a dependency graph: the order in which its nodes can go, which of them can go now, and for each of the others why not. A
 * pure function of the sets of nodes, edges and outcomes. Total: bad data is a value in the result. Linear in nodes and edges, but for
 * the sorting by id, and without recursion.
 *
 * A cycle blocks its members and what requires them, a missing or failed dependency what requires it, and nothing else. Layers are
 * found as A. B. Kahn (1962) does, cycles as R. Tarjan (1972) does.
 *
 * @example
 * ```ts
 * import { planGraph } from 'fleetkit'
 *
 * const plan = planGraph({
 *   nodes: [{ id: 'web' }, { id: 'api' }, { id: 'db' }, { id: 'docs' }],
 *   edges: [{ from: 'web', to: 'api' }, { from: 'api', to: 'db' }],
 *   outcomes: { db: 'failed' },
 * })
 * // plan.layers is [['db', 'docs'], ['api'], ['web']], plan.ready is ['docs']
 * // plan.explain('web')?.causes[0] is { cause: 'failed', culprit: 'db', via: ['web', 'api', 'db'] }
 * ```
 */
export function planGraph<N extends GraphNode = GraphNode>(input: GraphInput<N>): GraphPlan<N> {
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
    source[e] = ids.number(edge.from)
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
  const structure = makeStructure(nodes, dependencies, dependants, marks, layer, new Map())
  const all = new Int32Array(nodes.length)
  for (let node = 0; node < all.length; node += 1) all[node] = node
  const placed = placeNodes(all, structure)

  const outcome = new Uint8Array(size)
  for (const [id, value] of Object.entries(input.outcomes ?? {})) outcome[ids.number(id)] = outcomeNumber(value)
  const state = new Uint8Array(size)
  for (let node = 0; node < all.length; node += 1) if (layer[node] === -1) state[node] = stateOf(node, structure, outcome, state)
  for (let n = 0; n < placed.length; n += 1) state[placed[n] as number] = stateOf(placed[n] as number, structure, outcome, state)
  return new GraphPlan<N>({ ids, nodes, count: nodes.length, structure, outcome, state, slots: edges.length, changed: [] })
}

function markOf({ optional, range, whenMissing }: GraphEdge): number {
  return (optional === true ? OPTIONAL : 0) | (range === undefined ? 0 : RANGED) | (whenMissing === 'still-needed-by' ? STILL_NEEDED : 0)
}

function makeStructure(
  nodes: readonly (GraphNode | undefined)[],
  dependencies: Adjacency,
  dependants: Adjacency,
  marks: Uint8Array,
  layer: Int32Array,
  knots: Map<number, number>,
): Structure {
  return { dependencies, dependants, marks, layer, knots, fits: (node, range) => inRange(nodes[node]?.version, range) }
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

/** The lists of edges that a change replaces. */
class Lists {
  readonly #structure: Structure
  readonly #ids: Ids
  readonly #dependencies: Map<number, Slot[]> = new Map()
  readonly #dependants: Map<number, Slot[]> = new Map()
  /** The nodes whose dependencies are others. */
  readonly touched: Set<number> = new Set()

  constructor(structure: Structure, ids: Ids) {
    this.#structure = structure
    this.#ids = ids
  }

  add(edge: GraphEdge): void {
    const [from, to] = [this.#ids.number(edge.from), this.#ids.number(edge.to)]
    const slot = { mark: markOf(edge), range: edge.range }
    this.#list(this.#dependencies, this.#structure.dependencies, from).push({ target: to, ...slot })
    this.#list(this.#dependants, this.#structure.dependants, to).push({ target: from, ...slot })
    this.touched.add(from)
  }

  remove(edge: Pick<GraphEdge, 'from' | 'to'>): void {
    const [from, to] = [this.#ids.find(edge.from), this.#ids.find(edge.to)]
    if (from === undefined || to === undefined) return
    this.#drop(this.#dependencies, this.#structure.dependencies, from, to)
    this.#drop(this.#dependants, this.#structure.dependants, to, from)
    this.touched.add(from)
  }

  store(size: number): Pick<Structure, 'dependencies' | 'dependants'> {
    const { dependencies, dependants } = this.#structure
    if (this.touched.size === 0 && size === dependencies.first.length) return { dependencies, dependants }
    return { dependencies: dependencies.with(size, this.#dependencies), dependants: dependants.with(size, this.#dependants) }
  }

  #list(lists: Map<number, Slot[]>, adjacency: Adjacency, node: number): Slot[] {
    const known = lists.get(node)
    if (known !== undefined) return known
    const list = adjacency.list(node)
    lists.set(node, list)
    return list
  }

  #drop(lists: Map<number, Slot[]>, adjacency: Adjacency, node: number, target: number): void {
    const kept = this.#list(lists, adjacency, node).filter((slot) => slot.target !== target)
    lists.set(node, kept)
  }
}
