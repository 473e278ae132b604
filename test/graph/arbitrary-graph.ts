import fc from 'fast-check'
import type { GraphChanges, GraphEdge, GraphInput, GraphNode, NodeOutcome } from 'fleetkit/graph'

/** Few, so that edges share nodes; some break code that sorts by UTF-16 units or keeps ids as properties. */
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', '__proto__', '\u{1f600}', '\uff5e', '')
const node: fc.Arbitrary<GraphNode> = fc.record(
  { id, version: fc.constantFrom('1.0.0', '1.5.0', '2.0.0', 'not a version') },
  { requiredKeys: ['id'] },
)
const edge: fc.Arbitrary<GraphEdge> = fc.record(
  {
    from: id,
    to: id,
    optional: fc.boolean(),
    range: fc.option(fc.constantFrom('^1.0.0', '>=1.5', '*', 'not a range'), { nil: undefined, freq: 6 }),
  },
  { requiredKeys: ['from', 'to'] },
)
const outcome = fc.constantFrom<NodeOutcome>('pending', 'running', 'succeeded', 'succeeded', 'failed', 'skipped')
/** Own properties, also for the id `__proto__`. */
const outcomes = fc
  .array(fc.tuple(id, outcome), { maxLength: 5 })
  .map((entries): Record<string, NodeOutcome> => Object.fromEntries(entries))

/** Mostly graphs in which the nodes of all edges exist; in some, nodes are missing or given twice. */
export const graph: fc.Arbitrary<GraphInput> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.uniqueArray(node, { selector: ({ id }) => id, minLength: 6 }) },
      { weight: 1, arbitrary: fc.array(node) },
    ),
    fc.oneof(
      fc.array(edge, { maxLength: 14 }),
      fc.array(
        edge.map(({ from, to }) => ({ from, to })),
        { maxLength: 14 },
      ),
    ),
    fc.option(outcomes, { nil: {} }),
  )
  .map(([nodes, edges, outcomes]) => ({ nodes, edges, outcomes }))

export const changes: fc.Arbitrary<GraphChanges> = fc.record(
  {
    removeNodes: fc.array(id, { maxLength: 1 }),
    removeEdges: fc.array(fc.record({ from: id, to: id }), { maxLength: 3 }),
    nodes: fc.array(node, { maxLength: 2 }),
    edges: fc.array(edge, { maxLength: 3 }),
    outcomes,
  },
  { requiredKeys: [] },
)

/** A graph with changes, by a plain implementation. */
export function applyChanges(
  input: GraphInput,
  { removeNodes = [], removeEdges = [], nodes = [], edges = [], outcomes = {} }: GraphChanges,
): GraphInput {
  const gone = new Set(removeNodes)
  const cut = [...removeEdges]
  const added = [...nodes]
  const kept = Object.entries(input.outcomes ?? {}).filter(([id]) => !gone.has(id))
  return {
    nodes: [...[...input.nodes].filter(({ id }) => !gone.has(id) && !added.some((other) => other.id === id)), ...added],
    edges: [...[...input.edges].filter(({ from, to }) => !cut.some((edge) => edge.from === from && edge.to === to)), ...edges],
    outcomes: Object.fromEntries([...kept, ...Object.entries(outcomes)]),
  }
}
