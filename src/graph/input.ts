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
   * The dependency is waited for when it is there and can be had, and never blocks: it may be missing, failed or blocked. One that
   * would close a circle is left out (`relaxed`).
   */
  readonly optional?: boolean | undefined
  /** The versions of `to` that `from` works with, as npm writes ranges: `^1.4`, `>=2 <4`. Holds for an optional dependency too, if it is there. */
  readonly range?: string | undefined
  /** How it is called when `to` is missing; only plans of changes use the second. */
  readonly whenMissing?: 'missing' | 'still-needed-by' | undefined
}

/** How far the work on a node is. `skipped` means that it was left undone on purpose, and blocks as a failure does. */
export type NodeOutcome = 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped'

/** A graph to plan. A set: neither the order of the nodes nor that of the edges matters. */
export interface GraphInput<N extends GraphNode = GraphNode> {
  readonly nodes: Iterable<N>
  readonly edges: Iterable<GraphEdge>
  /** By node id; `pending` where there is none. */
  readonly outcomes?: Readonly<Record<string, NodeOutcome>> | undefined
}

/** What is different from the graph planned before. Removals come first, so that a node or an edge can be replaced. */
export interface GraphChanges<N extends GraphNode = GraphNode> {
  /** Ids of nodes that are gone. Edges that name them stay, and find them missing. */
  readonly removeNodes?: Iterable<string> | undefined
  /** Every edge between these two is gone. */
  readonly removeEdges?: Iterable<Pick<GraphEdge, 'from' | 'to'>> | undefined
  /** Nodes that are new, or take the place of the node with their id. */
  readonly nodes?: Iterable<N> | undefined
  /** Edges that are new. */
  readonly edges?: Iterable<GraphEdge> | undefined
  /** Outcomes that are another now. */
  readonly outcomes?: Readonly<Record<string, NodeOutcome>> | undefined
}
