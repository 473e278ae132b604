import { compareText, sortTexts } from '../model/compare-text.ts'
import { type Blocked, listBlocked } from './causes.ts'
import { type Cycle, listCycles } from './cycles.ts'
import { type Explanation, explainNode } from './explain.ts'
import type { GraphChanges, GraphInput, GraphNode } from './input.ts'
import { idsByLayer } from './order.ts'
import { inputOf, type Parts } from './parts.ts'
import { type EdgeEnds, type GraphProblem, listMissing, listProblems, listRelaxed } from './problems.ts'
import { type NodeState, READY, stateName, WAITING } from './readiness.ts'
import { planFromScratch } from './scratch.ts'
import { PRESENT } from './structure.ts'
import { planUpdate } from './update.ts'

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

/**
 * What can go, in which order, and why the rest cannot. Immutable; made by {@link planGraph} and {@link GraphPlan.with}. The lists
 * are made when they are first asked for, and are sorted by id, in the order of code points, unless said otherwise.
 */
export class GraphPlan<N extends GraphNode = GraphNode> {
  readonly #parts: Parts<N>
  #layered: ReturnType<typeof idsByLayer> | undefined
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

  /** The nodes that nothing in the structure blocks, dependencies first: by layer, then by id. Outcomes do not change it. */
  get order(): readonly string[] {
    this.#layered ??= idsByLayer(this.#parts.structure.layer, this.#parts.ids)
    return this.#layered.order
  }

  /** The same in layers: the nodes of a layer do not depend on one another, and each node is in the earliest layer possible. */
  get layers(): readonly (readonly string[])[] {
    this.#layered ??= idsByLayer(this.#parts.structure.layer, this.#parts.ids)
    return this.#layered.layers
  }

  /** The pending nodes that can go now: what they depend on is done. */
  get ready(): readonly string[] {
    this.#ready ??= this.#inState(READY)
    return this.#ready
  }

  /** The pending nodes that can go once others are done. */
  get waiting(): readonly string[] {
    this.#waiting ??= this.#inState(WAITING)
    return this.#waiting
  }

  /** The pending nodes that cannot go unless something else changes, each with the nearest reason. */
  get blocked(): readonly Blocked[] {
    const { structure, state, ids } = this.#parts
    this.#blocked ??= listBlocked(structure, state, ids).sort((a, b) => compareText(a.id, b.id))
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

  /** The optional edges that were left out because they would close a cycle. */
  get relaxed(): readonly EdgeEnds[] {
    return listRelaxed(this.#parts.structure, this.#parts.ids)
  }

  /** What is wrong with the data. Bad data is never an exception. */
  get problems(): readonly GraphProblem[] {
    return listProblems(this.#parts.structure, this.#parts.ids)
  }

  /** For a plan made by {@link GraphPlan.with}: the nodes whose layer or state changed. */
  get changed(): readonly string[] {
    this.#changed ??= sortTexts(this.#parts.changed.map((node) => this.#parts.ids.name(node)))
    return this.#changed
  }

  /** The node with an id, as it was given. */
  node(id: string): N | undefined {
    const node = this.#find(id)
    return node === undefined ? undefined : this.#parts.nodes[node]
  }

  /** The state of a node; `undefined` when there is no such node. */
  state(id: string): NodeState | undefined {
    const node = this.#find(id)
    return node === undefined ? undefined : stateName(this.#parts.state[node] as number)
  }

  /** Why a node has its state, with the shortest path to each blocker; `undefined` when there is no such node. */
  explain(id: string): Explanation | undefined {
    const node = this.#find(id)
    if (node === undefined) return undefined
    const { structure, state, ids } = this.#parts
    return explainNode(node, { structure, state, ids, cycleOf: this.#cycles.of, versionOf: (other) => this.#parts.nodes[other]?.version })
  }

  /**
   * The plan of the changed graph: the same as planning it from scratch, at the cost of what the change reaches (the nodes that
   * depend on what changed), plus a copy of a few numbers per node.
   *
   * @example
   * ```ts
   * import { planGraph } from 'fleetkit/graph'
   *
   * const before = planGraph({ nodes: [{ id: 'db' }, { id: 'api' }], edges: [{ from: 'api', to: 'db' }] })
   * const after = before.with({ outcomes: { db: 'succeeded' } })
   * // after.changed is ['api', 'db'], after.ready is ['api']
   * ```
   */
  with(changes: GraphChanges<N>): GraphPlan<N> {
    return new GraphPlan(planUpdate(this.#parts, changes))
  }

  /** The graph as it was given, changes included. */
  toInput(): GraphInput<N> {
    return inputOf(this.#parts)
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

  #find(id: string): number | undefined {
    const node = this.#parts.ids.find(id)
    if (node === undefined || ((this.#parts.structure.marks[node] ?? 0) & PRESENT) === 0) return undefined
    return node
  }

  #inState(wanted: number): string[] {
    const { state, ids } = this.#parts
    const found: string[] = []
    for (let node = 0; node < state.length; node += 1) if (state[node] === wanted) found.push(ids.name(node))
    return sortTexts(found)
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
 * import { planGraph } from 'fleetkit/graph'
 *
 * const plan = planGraph({
 *   nodes: [{ id: 'web' }, { id: 'api' }, { id: 'db' }, { id: 'docs' }],
 *   edges: [{ from: 'web', to: 'api' }, { from: 'api', to: 'db' }],
 *   outcomes: { db: 'failed' },
 * })
 * // plan.layers is [['db', 'docs'], ['api'], ['web']], plan.ready is ['docs']
 * // plan.explain('web')?.causes[0] is { cause: 'failed', blocker: 'db', path: ['web', 'api', 'db'] }
 * ```
 */
export function planGraph<N extends GraphNode = GraphNode>(input: GraphInput<N>): GraphPlan<N> {
  return new GraphPlan(planFromScratch(input))
}
