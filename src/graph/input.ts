/** What a node must have; whatever else it carries is the caller's and comes back untouched. */
export interface GraphNode {
  /** Unique among the nodes. Ties are broken by it, in the order of code points. */
  readonly id: string
  /** The version that edges with a `range` are judged by (semantic versioning). */
  readonly version?: string | undefined
}

/** `from` depends on `to`: `to` goes first. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  /**
   * `from` waits for `to` only while `to` can still succeed; when `to` is missing, failed or blocked, `from` goes without it. An
   * optional edge that would close a cycle is left out (`relaxed`).
   */
  readonly optional?: boolean | undefined
  /** The versions of `to` that `from` works with, as npm writes ranges: `^1.4`, `>=2 <4`. It holds for an optional dependency too, when that exists. */
  readonly range?: string | undefined
  /** The cause that is given when `to` is missing. `planChanges` uses `still-needed-by`. */
  readonly whenMissing?: 'missing' | 'still-needed-by' | undefined
}

/** How far the work on a node is. `skipped`: left undone on purpose, which blocks as a failure does. */
export type NodeOutcome = 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped'

/** A graph to plan. A set: neither the order of the nodes nor that of the edges matters. */
export interface GraphInput<N extends GraphNode = GraphNode> {
  readonly nodes: Iterable<N>
  readonly edges: Iterable<GraphEdge>
  /** By node id; `pending` where there is none. */
  readonly outcomes?: Readonly<Record<string, NodeOutcome>> | undefined
}

/** How a graph differs from the one planned before. Removals come first, so that a node or an edge can be replaced. */
export interface GraphChanges<N extends GraphNode = GraphNode> {
  /** Ids of nodes to remove. Edges to them stay, and are missing edges then. */
  readonly removeNodes?: Iterable<string> | undefined
  /** Every edge from one to the other is removed. */
  readonly removeEdges?: Iterable<Pick<GraphEdge, 'from' | 'to'>> | undefined
  /** New nodes; one replaces the node with its id. */
  readonly nodes?: Iterable<N> | undefined
  /** New edges. */
  readonly edges?: Iterable<GraphEdge> | undefined
  /** Outcomes that changed. */
  readonly outcomes?: Readonly<Record<string, NodeOutcome>> | undefined
}
