import { compareText } from '../model/compare-text.ts'
import { Adjacency, OPTIONAL, RANGED, STILL_NEEDED } from './adjacency.ts'
import { findCyclicComponents } from './components.ts'
import type { Ids } from './ids.ts'
import type { GraphEdge, GraphInput, GraphNode, NodeOutcome } from './input.ts'
import { type NumberedGraph, numberGraph } from './numbered.ts'
import { numbersByLayer, sortByName } from './order.ts'
import { edgeOf, structureOf } from './parts.ts'
import { outcomeNumber } from './readiness.ts'
import { assignLayers, DUPLICATE, PRESENT } from './structure.ts'

/** Nodes that can only go together, as one node. Most groups have one member. */
export interface GraphGroup extends GraphNode {
  /** The smallest id of its members: a group of one has the id of its member. */
  readonly id: string
  /** That of its only member. A group of several has none. */
  readonly version?: string | undefined
  /** Sorted. */
  readonly members: readonly string[]
}

/** A graph without cycles, which {@link planGraph} takes as it is. */
export interface CondensedGraph extends GraphInput<GraphGroup> {
  /** Dependencies first: by layer, then by id. */
  readonly nodes: readonly GraphGroup[]
  /** Between groups, each once, in the order of their `from` and then of their `to`. */
  readonly edges: readonly GraphEdge[]
  readonly outcomes: Readonly<Record<string, NodeOutcome>>
  /** The id of the group that a node is in; `undefined` when there is no such node. */
  readonly groupOf: (id: string) => string | undefined
}

/**
 * The graph with each cycle of required edges as one node: what depends on one another goes together, and blocks nothing. A pure function
 * of the sets of nodes, edges and outcomes; linear but for sorting, and without recursion (R. Tarjan, 1972).
 *
 * Between two groups there is an edge wherever there is one between members of them; edges inside a group are gone. A range that is met by
 * a member of a group of several is gone as well, and one that is not blocks as before, inside a group as an edge of the group to itself.
 * A group has `failed` or been `skipped` as soon as a member has, has `succeeded` once all have, and is `running` in between. A group with
 * a member that is given twice is given twice; edges to missing nodes stay.
 *
 * @example
 * ```ts
 * import { condense, planGraph } from 'fleetkit/graph'
 *
 * const graph = {
 *   nodes: [{ id: 'web' }, { id: 'auth' }, { id: 'users' }],
 *   edges: [{ from: 'web', to: 'auth' }, { from: 'auth', to: 'users' }, { from: 'users', to: 'auth' }],
 * }
 * const groups = condense(graph)
 * // planGraph(graph).order is [], and groups.nodes is [{ id: 'auth', members: ['auth', 'users'] }, { id: 'web', members: ['web'] }]
 * const plan = planGraph(groups)
 * // plan.order is ['auth', 'web'], plan.ready is ['auth']
 * ```
 */
export function condense(input: GraphInput): CondensedGraph {
  const graph = numberGraph(input)
  const { ids, nodes, marks } = graph
  const groups = groupNodes(graph)
  const { leader, members } = groups
  const between = edgesBetween(graph, groups)
  const order = orderOf(graph, groups, between)
  const listed: GraphGroup[] = []
  for (const number of order) {
    const id = ids.name(number)
    const several = members.get(number)
    const version = several === undefined ? (nodes[number] as GraphNode).version : undefined
    const names = several === undefined ? [id] : several.map((member) => ids.name(member))
    listed.push({ id, ...(version !== undefined && { version }), members: names })
    const isRepeated = (several ?? [number]).some((member) => ((marks[member] as number) & DUPLICATE) !== 0)
    if (isRepeated) listed.push(listed.at(-1) as GraphGroup)
  }
  const missing = Array.from({ length: ids.size - nodes.length }, (_, at) => nodes.length + at)
  return {
    nodes: listed,
    edges: listEdges(between, order.concat(sortByName(missing, ids)), ids),
    outcomes: outcomesOf(input.outcomes ?? {}, graph, groups),
    groupOf: (id) => {
      const number = ids.find(id)
      return number === undefined || number >= nodes.length ? undefined : ids.name(leader[number] as number)
    },
  }
}

/** By number the smallest member of its group, and by that the members of each group of several, in order. */
interface Groups {
  readonly leader: Int32Array
  readonly members: ReadonlyMap<number, readonly number[]>
}

function groupNodes({ ids, nodes, source, target, mark, ranges }: NumberedGraph<GraphNode>): Groups {
  const size = ids.size
  const leader = new Int32Array(size).map((_, number) => number)
  const inside = new Uint8Array(size).fill(1, 0, nodes.length)
  const dependencies = Adjacency.build(size, source, target, mark, ranges)
  const members = new Map<number, readonly number[]>()
  for (const component of findCyclicComponents(leader.subarray(0, nodes.length), inside, dependencies, true)) {
    if (component.length === 1) continue
    const [smallest] = sortByName(component, ids) as [number]
    for (const member of component) leader[member] = smallest
    members.set(smallest, component)
  }
  return { leader, members }
}

/** The edges between groups, by their leaders, and those inside that block: as in a numbered graph. */
type GroupEdges = Pick<NumberedGraph<GraphNode>, 'source' | 'target' | 'mark' | 'ranges'>

function edgesBetween(graph: NumberedGraph<GraphNode>, { leader, members }: Groups): GroupEdges {
  const { nodes, marks, source, target, mark, ranges } = graph
  const none = new Int32Array()
  const nothing = Adjacency.build(0, none, none, new Uint8Array(), new Map())
  const { fits } = structureOf(nodes, nothing, nothing, marks, none, new Map())
  const [from, to, kept] = [new Int32Array(source.length), new Int32Array(source.length), new Uint8Array(source.length)]
  const keptRanges = new Map<number, string>()
  let count = 0
  source.forEach((needing, e) => {
    const [needed, given] = [target[e] as number, mark[e] as number]
    const isThere = needed < nodes.length
    const range = (given & RANGED) === 0 ? undefined : (ranges.get(e) as string)
    const isMet = range === undefined || (isThere && fits(needed, range))
    from[count] = leader[needing] as number
    to[count] = leader[needed] as number
    const isInner = from[count] === to[count]
    if (isInner && isMet) return
    // A range that is not met blocks, whether the edge is optional or not.
    if (isInner) kept[count] = RANGED | OPTIONAL
    else kept[count] = given & ~(isThere ? STILL_NEEDED : 0) & ~(isMet && members.has(to[count] as number) ? RANGED : 0)
    if (((kept[count] as number) & RANGED) !== 0) keptRanges.set(count, range as string)
    count += 1
  })
  return { source: from.subarray(0, count), target: to.subarray(0, count), mark: kept.subarray(0, count), ranges: keptRanges }
}

/** The groups, dependencies first: as planned where nothing is missing, given twice or out of range. */
function orderOf({ ids, nodes }: NumberedGraph<GraphNode>, { leader }: Groups, edges: GroupEdges): readonly number[] {
  const size = ids.size
  const isNode = (number: number): boolean => number < nodes.length
  const counts = edges.mark.map((_, e) => {
    const [from, to] = [edges.source[e] as number, edges.target[e] as number]
    return from !== to && isNode(from) && isNode(to) ? 1 : 0
  })
  const [source, target] = [edges.source.filter((_, e) => counts[e] === 1), edges.target.filter((_, e) => counts[e] === 1)]
  const mark = edges.mark.filter((_, e) => counts[e] === 1).map((each) => each & OPTIONAL)
  const dependencies = Adjacency.build(size, source, target, mark, new Map())
  const dependants = Adjacency.build(size, target, source, mark, new Map())
  const groups = leader.filter((first, number) => first === number && isNode(number))
  const marks = new Uint8Array(size)
  for (const group of groups) marks[group] = PRESENT
  const layer = new Int32Array(size).fill(-1)
  assignLayers(groups, structureOf(nodes, dependencies, dependants, marks, layer, new Map()))
  return numbersByLayer(layer, ids)
}

/** Each edge once. Beside one that is required an optional one says nothing more. */
function listEdges({ source, target, mark, ranges }: GroupEdges, ranked: readonly number[], ids: Ids): readonly GraphEdge[] {
  const rank = new Int32Array(ids.size)
  for (let at = 0; at < ranked.length; at += 1) rank[ranked[at] as number] = at
  const dependencies = Adjacency.build(ids.size, source, target, mark, ranges)
  const edges: GraphEdge[] = []
  for (const from of ranked) {
    const slots = dependencies.list(from)
    slots.sort(
      (a, b) => (rank[a.target] as number) - (rank[b.target] as number) || compareText(a.range ?? '', b.range ?? '') || a.mark - b.mark,
    )
    for (const [at, slot] of slots.entries()) {
      const before = slots[at - 1]
      const isAlike = before?.target === slot.target && before.range === slot.range
      if (isAlike && ((before.mark ^ slot.mark) & ~OPTIONAL) === 0) continue
      edges.push(edgeOf(ids.name(from), slot, ids))
    }
  }
  return edges
}

/** By group, where it is not `pending`. */
function outcomesOf(
  outcomes: Readonly<Record<string, NodeOutcome>>,
  { ids, nodes }: NumberedGraph<GraphNode>,
  { leader, members }: Groups,
): Readonly<Record<string, NodeOutcome>> {
  const found = new Map<number, NodeOutcome[]>()
  for (const [id, outcome] of Object.entries(outcomes)) {
    const number = ids.number(id)
    if (number >= nodes.length || outcomeNumber(outcome) === 0) continue
    const group = leader[number] as number
    const known = found.get(group)
    if (known === undefined) found.set(group, [outcome])
    else known.push(outcome)
  }
  return Object.fromEntries(
    Array.from(found, ([group, some]) => [ids.name(group), outcomeOf(some, members.get(group)?.length ?? 1)] as const),
  )
}

/** The outcome of a group of `size`, of which at least one member has one. */
function outcomeOf(some: readonly NodeOutcome[], size: number): NodeOutcome {
  if (some.includes('failed')) return 'failed'
  if (some.includes('skipped')) return 'skipped'
  return some.length === size && !some.includes('running') ? 'succeeded' : 'running'
}
