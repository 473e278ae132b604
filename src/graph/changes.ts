import { compareText } from '../model/compare-text.ts'
import { inRange, isDowngrade } from '../model/versions.ts'
import type { GraphEdge, GraphNode, NodeOutcome } from './input.ts'
import { type GraphPlan, planGraph } from './plan.ts'
import type { EdgeEnds } from './problems.ts'

/** A node that is there, or is to be there. */
export interface ChangeNode extends GraphNode {
  /** What it occupies and no other node may occupy at the same time: a port, a name, a host. */
  readonly key?: string | undefined
}

/** Nodes, and what they need of one another. */
export interface ChangeState<N extends ChangeNode = ChangeNode> {
  readonly nodes: Iterable<N>
  readonly edges: Iterable<GraphEdge>
}

/** What {@link planChanges} compares. */
export interface ChangesInput<N extends ChangeNode = ChangeNode> {
  /** What is there, with the edges it was applied with: a node that is removed takes its current edges with it. */
  readonly applied: ChangeState<N>
  /** What is to be there, with its current edges. */
  readonly wanted: ChangeState<N>
  /** By operation id; `pending` where there is none. */
  readonly outcomes?: Readonly<Record<string, NodeOutcome>> | undefined
}

/** One operation. Its id is `apply:` or `delete:` and the id of its node. */
export interface Operation<N extends ChangeNode = ChangeNode> extends GraphNode {
  readonly action: 'create' | 'update' | 'delete'
  /** The node as wanted, or for a deletion as applied. */
  readonly node: N
}

/** A deletion that is refused, because nodes that stay still require the node. */
export interface RefusedChange {
  readonly id: string
  /** The nodes that stay and still require it. Sorted. */
  readonly stillNeededBy: readonly string[]
}

/** How to get from one set of nodes to another. */
export interface ChangesPlan<N extends ChangeNode = ChangeNode> {
  /** The operations, and their order as dependencies between them. */
  readonly operations: GraphPlan<Operation<N>>
  /** The deletions that are refused; their operations are blocked. Sorted. */
  readonly refused: readonly RefusedChange[]
  /** The edges that a downgrade reverses: the dependant is updated first, because its applied version does not work with the wanted one. Sorted. */
  readonly reversed: readonly EdgeEnds[]
}

/**
 * Plans how to get from what is there to what is wanted, as a graph of operations: planning them, and explaining what blocks one,
 * is {@link planGraph}. The rules:
 * - A dependency is created or updated before its dependants, and deleted after them; the edges that count for a deletion are those
 *   last applied. A dependant that stays but no longer requires it is updated first.
 * - A deletion is refused while something that stays requires the node (`still-needed-by`).
 * - A downgrade out of the range that a dependant was applied with reverses the edge: the dependant goes first. A dependant that is
 *   deleted, or that drops the edge, goes first for an upgrade too.
 * - A `key` is released before another node takes it, as systemd stops before it starts.
 * - A wanted version outside the range of a wanted edge blocks the dependant (`out-of-range`), and what must go after it.
 *
 * @example
 * ```ts
 * import { planChanges } from 'fleetkit/graph'
 *
 * const { operations } = planChanges({
 *   applied: { nodes: [{ id: 'web' }, { id: 'cache' }], edges: [{ from: 'web', to: 'cache' }] },
 *   wanted: { nodes: [{ id: 'web' }, { id: 'db' }], edges: [{ from: 'web', to: 'db' }] },
 * })
 * // operations.order is ['apply:db', 'apply:web', 'delete:cache']
 * ```
 */
export function planChanges<N extends ChangeNode = ChangeNode>({ applied, wanted, outcomes }: ChangesInput<N>): ChangesPlan<N> {
  const wantedNodes = [...wanted.nodes]
  const appliedNodes = [...applied.nodes]
  const before = new Map(appliedNodes.map((node) => [node.id, node]))
  const after = new Map(wantedNodes.map((node) => [node.id, node]))
  const wantedEdges = new EdgeTable(wanted.edges)
  const appliedEdges = [...applied.edges].filter(({ from, to }) => before.has(from) && before.has(to))

  const reversed = new EdgeTable([])
  const edges: GraphEdge[] = []
  const needed = new Map<string, Set<string>>()
  /** The operation after which a node is no longer as it was applied. */
  const replacing = (id: string): string => (after.has(id) ? applying(id) : deleting(id))

  for (const edge of appliedEdges) {
    const { from, to, optional, range } = edge
    const current = after.has(from) ? wantedEdges.get(from, to) : []
    if (!after.has(to)) {
      if (current.some((wish) => wish.optional !== true)) {
        edges.push({ from: deleting(to), to: keeping(from), whenMissing: 'still-needed-by' })
        needed.set(to, (needed.get(to) ?? new Set()).add(from))
      } else {
        edges.push({ from: deleting(to), to: replacing(from), optional })
      }
      continue
    }
    const [now, next] = [before.get(to)?.version, after.get(to)?.version]
    if (from === to || range === undefined || now === next || inRange(next, range)) continue
    if (current.length > 0 && !isDowngrade(now, next)) continue
    edges.push({ from: applying(to), to: replacing(from) })
    if (current.length > 0) reversed.add(edge)
  }

  for (const edge of wantedEdges.all()) {
    // A reversed edge stays as an optional one: it blocks when the version is out of its range, and is relaxed otherwise.
    const optional = edge.optional === true || reversed.get(edge.from, edge.to).length > 0
    edges.push({ from: applying(edge.from), to: applying(edge.to), optional, range: edge.range })
  }
  for (const edge of keyEdges(appliedNodes, wantedNodes, after, replacing)) edges.push(edge)

  const operations: Operation<N>[] = [
    ...wantedNodes.map((node) => operation(applying(node.id), before.has(node.id) ? 'update' : 'create', node)),
    ...appliedNodes.filter(({ id }) => !after.has(id)).map((node) => operation(deleting(node.id), 'delete', node)),
  ]
  return {
    operations: planGraph({ nodes: operations, edges, outcomes }),
    refused: [...needed].map(([id, by]) => ({ id, stillNeededBy: [...by].sort(compareText) })).sort((a, b) => compareText(a.id, b.id)),
    reversed: reversed.ends(),
  }
}

const applying = (id: string): string => `apply:${id}`
const deleting = (id: string): string => `delete:${id}`
/** There is no such operation: an edge to it is missing, which blocks. */
const keeping = (id: string): string => `keep:${id}`

function operation<N extends ChangeNode>(id: string, action: Operation['action'], node: N): Operation<N> {
  return { id, action, node, ...(action !== 'delete' && node.version !== undefined && { version: node.version }) }
}

/** Edges from the nodes that take a key to those that release it. */
function keyEdges(
  applied: readonly ChangeNode[],
  wanted: readonly ChangeNode[],
  after: ReadonlyMap<string, ChangeNode>,
  replacing: (id: string) => string,
): GraphEdge[] {
  const holders = new Map<string, string[]>()
  for (const { id, key } of applied) {
    if (key === undefined || after.get(id)?.key === key) continue
    const known = holders.get(key)
    if (known === undefined) holders.set(key, [id])
    else known.push(id)
  }
  return wanted.flatMap(({ id, key }) => {
    const others = key === undefined ? [] : (holders.get(key) ?? []).filter((holder) => holder !== id)
    return others.map((holder) => ({ from: applying(id), to: replacing(holder) }))
  })
}

/** Edges, found by their two ends. */
class EdgeTable {
  readonly #table: Map<string, Map<string, GraphEdge[]>> = new Map()

  constructor(edges: Iterable<GraphEdge>) {
    for (const edge of edges) this.add(edge)
  }

  add(edge: GraphEdge): void {
    const from = this.#table.get(edge.from) ?? new Map<string, GraphEdge[]>()
    this.#table.set(edge.from, from)
    const known = from.get(edge.to)
    if (known === undefined) from.set(edge.to, [edge])
    else known.push(edge)
  }

  get(from: string, to: string): readonly GraphEdge[] {
    return this.#table.get(from)?.get(to) ?? []
  }

  *all(): Iterable<GraphEdge> {
    for (const from of this.#table.values()) for (const edges of from.values()) yield* edges
  }

  /** The pairs of ends, sorted. */
  ends(): EdgeEnds[] {
    const ends = [...this.#table].flatMap(([from, targets]) => [...targets.keys()].map((to) => ({ from, to })))
    return ends.sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to))
  }
}
