import { inRange } from '../model/versions.ts'
import { type Adjacency, OPTIONAL, RANGED, type Slot, STILL_NEEDED } from './adjacency.ts'
import type { Ids } from './ids.ts'
import type { GraphEdge, GraphInput, GraphNode, NodeOutcome } from './input.ts'
import { outcomeName } from './readiness.ts'
import { DUPLICATE, type Structure } from './structure.ts'

/** What a plan holds, and the plan of a change is made from. Nodes are numbers, the indices of these arrays. */
export interface Parts<N extends GraphNode> {
  readonly ids: Ids
  readonly nodes: readonly (N | undefined)[]
  readonly count: number
  readonly structure: Structure
  readonly outcome: Uint8Array
  readonly state: Uint8Array
  /** How many slots the lists had when they were built from scratch; changes only add slots. */
  readonly slots: number
  readonly changed: readonly number[]
}

/** The marks of an edge as given. */
export function markOf({ optional, range, whenMissing }: GraphEdge): number {
  return (optional === true ? OPTIONAL : 0) | (range === undefined ? 0 : RANGED) | (whenMissing === 'still-needed-by' ? STILL_NEEDED : 0)
}

/** A structure whose ranges are checked against the versions of `nodes`. */
export function structureOf(
  nodes: readonly (GraphNode | undefined)[],
  dependencies: Adjacency,
  dependants: Adjacency,
  marks: Uint8Array,
  layer: Int32Array,
  optionalCycles: Map<number, number>,
): Structure {
  // Fleets have few versions and ranges, and very many edges.
  const known = new Map<string, Map<string | undefined, boolean>>()
  const fits = (node: number, range: string): boolean => {
    // Which of its versions is meant is not known, and it blocks for that.
    if (((marks[node] as number) & DUPLICATE) !== 0) return true
    const version = nodes[node]?.version
    const ofRange = known.get(range) ?? new Map<string | undefined, boolean>()
    known.set(range, ofRange)
    const answer = ofRange.get(version) ?? inRange(version, range)
    ofRange.set(version, answer)
    return answer
  }
  return { dependencies, dependants, marks, layer, optionalCycles, fits }
}

/** The graph that was planned, changes included. */
export function inputOf<N extends GraphNode>({ ids, nodes, structure, outcome }: Parts<N>): GraphInput<N> {
  const { dependencies, marks } = structure
  const given: N[] = []
  const edges: GraphEdge[] = []
  const outcomes: [string, NodeOutcome][] = []
  for (let node = 0; node < marks.length; node += 1) {
    const value = nodes[node]
    if (value !== undefined) given.push(value)
    if (value !== undefined && ((marks[node] as number) & DUPLICATE) !== 0) given.push(value)
    if (outcome[node] !== 0) outcomes.push([ids.name(node), outcomeName(outcome[node] as number)])
    for (const slot of dependencies.list(node)) edges.push(edgeOf(ids.name(node), slot, ids))
  }
  return { nodes: given, edges, outcomes: Object.fromEntries(outcomes) }
}

/** The edge of a node as it was given. */
export function edgeOf(from: string, { target, mark, range }: Slot, ids: Ids): GraphEdge {
  return {
    from,
    to: ids.name(target),
    ...((mark & OPTIONAL) !== 0 && { optional: true }),
    ...(range !== undefined && { range }),
    ...((mark & STILL_NEEDED) !== 0 && { whenMissing: 'still-needed-by' as const }),
  }
}
