import { type Adjacency, OPTIONAL, RANGED } from './adjacency.ts'
import { findCyclicComponents } from './components.ts'

/** Marks of a node. */
export const PRESENT = 1
/** Given more than once. */
export const DUPLICATE = 2
/** In a cycle of required edges. */
export const CYCLIC = 4
/** Cannot go in this graph: in a cycle, given more than once, with a dependency missing or out of range, or requiring such a node. */
export const STUCK = 8

/** What the edges alone decide. Nodes are numbers; a number without the mark `PRESENT` is an id that only edges name. */
export interface Structure {
  readonly dependencies: Adjacency
  readonly dependants: Adjacency
  readonly marks: Uint8Array
  /** Length of the longest path down from a node; -1 for a node that is stuck or not present. */
  readonly layer: Int32Array
  /**
   * The nodes of cycles that have optional edges, each with the smallest node of its cycle. Those edges are left out, because an
   * optional dependency never blocks.
   */
  readonly optionalCycles: Map<number, number>
  /** Whether the version of a node is in a range. */
  readonly fits: (node: number, range: string) => boolean
}

/** Whether an edge is left out because it is optional and would close a cycle. */
export function isRelaxed({ dependencies, optionalCycles }: Structure, node: number, slot: number): boolean {
  if (((dependencies.mark[slot] as number) & OPTIONAL) === 0) return false
  const target = dependencies.target[slot] as number
  if (target === node) return true
  const cycle = optionalCycles.get(node)
  return cycle !== undefined && cycle === optionalCycles.get(target)
}

/**
 * Gives each node of `region` its layer, or marks it as stuck, and returns those with a layer, dependencies before dependants
 * (Kahn, 1962). The region must hold every dependant of each of its nodes; the rest of the graph is taken as it is. A layer depends
 * only on what a node can reach, so the result is the same as for the whole graph.
 */
export function assignLayers(region: ArrayLike<number>, structure: Structure): Int32Array {
  const { dependencies, marks, layer, optionalCycles } = structure
  const inside = new Uint8Array(marks.length)
  for (let n = 0; n < region.length; n += 1) {
    const node = region[n] as number
    inside[node] = 1
    marks[node] = (marks[node] as number) & ~(CYCLIC | STUCK)
    layer[node] = 0
    if (optionalCycles.size > 0) optionalCycles.delete(node)
  }

  const ordered = new Int32Array(region.length)
  const open = new Int32Array(marks.length)
  let count = 0
  for (let n = 0; n < region.length; n += 1) {
    const node = region[n] as number
    open[node] = countOpen(node, inside, structure)
    if (open[node] === 0) {
      ordered[count] = node
      count += 1
    }
  }
  count = release(ordered, 0, count, open, inside, structure, false)
  if (count === region.length) return ordered

  const rest: number[] = []
  for (let n = 0; n < count; n += 1) inside[ordered[n] as number] = 2
  for (let n = 0; n < region.length; n += 1) if (inside[region[n] as number] === 1) rest.push(region[n] as number)
  const free = markStuck(rest, open, inside, structure)
  if (free.length === 0) return ordered.subarray(0, count)

  // What is left is not stuck, but has optional edges to stuck nodes, or is in cycles with optional edges.
  for (const members of findCyclicComponents(free, inside, dependencies, false)) {
    const cycle = members.reduce((a, b) => Math.min(a, b))
    for (const member of members) optionalCycles.set(member, cycle)
  }
  const start = count
  for (const node of free) {
    open[node] = 0
    layer[node] = 0
    for (let slot = dependencies.first[node] as number; slot < (dependencies.last[node] as number); slot += 1) {
      const target = dependencies.target[slot] as number
      if (inside[target] === 1 && !isRelaxed(structure, node, slot)) open[node] = (open[node] as number) + 1
      else if (inside[target] !== 1 && (layer[target] as number) >= (layer[node] as number)) layer[node] = (layer[target] as number) + 1
    }
    if (open[node] === 0) {
      ordered[count] = node
      count += 1
    }
  }
  count = release(ordered, start, count, open, inside, structure, true)
  return ordered.subarray(0, count)
}

/** How many dependencies inside the region a node has, or -1 when it is stuck by itself. Sets its layer above those outside. */
function countOpen(node: number, inside: Uint8Array, { dependencies, marks, layer, fits }: Structure): number {
  const { first, last, target, mark } = dependencies
  if (((marks[node] as number) & DUPLICATE) !== 0) return -1
  let inner = 0
  let over = 0
  for (let slot = first[node] as number; slot < (last[node] as number); slot += 1) {
    const to = target[slot] as number
    const required = ((mark[slot] as number) & OPTIONAL) === 0
    if (((marks[to] as number) & PRESENT) === 0) {
      if (required) return -1
    } else if (((mark[slot] as number) & RANGED) !== 0 && !fits(to, dependencies.range(slot))) {
      return -1
    } else if (inside[to] === 1) {
      inner += 1
    } else if (((marks[to] as number) & STUCK) !== 0) {
      if (required) return -1
    } else if ((layer[to] as number) >= over) {
      over = (layer[to] as number) + 1
    }
  }
  layer[node] = over
  return inner
}

/** Adds to `ordered`, from `start` on, each dependant whose last dependency is in it; returns how many there are then. */
function release(
  ordered: Int32Array,
  start: number,
  end: number,
  open: Int32Array,
  inside: Uint8Array,
  structure: Structure,
  relaxing: boolean,
): number {
  const { dependants, layer, optionalCycles } = structure
  const { first, last, target, mark } = dependants
  let count = end
  for (let n = start; n < count; n += 1) {
    const node = ordered[n] as number
    const above = (layer[node] as number) + 1
    for (let slot = first[node] as number; slot < (last[node] as number); slot += 1) {
      const dependant = target[slot] as number
      if (inside[dependant] !== 1 || (open[dependant] as number) <= 0) continue
      if (
        relaxing &&
        ((mark[slot] as number) & OPTIONAL) !== 0 &&
        optionalCycles.has(node) &&
        optionalCycles.get(node) === optionalCycles.get(dependant)
      )
        continue
      layer[dependant] = Math.max(layer[dependant] as number, above)
      open[dependant] = (open[dependant] as number) - 1
      if (open[dependant] === 0) {
        ordered[count] = dependant
        count += 1
      }
    }
  }
  return count
}

/** Marks those of `rest` that are stuck, takes them out of `inside`, and returns the others. */
function markStuck(rest: readonly number[], open: Int32Array, inside: Uint8Array, structure: Structure): number[] {
  const { dependencies, dependants, marks, layer } = structure
  const stuck: number[] = []
  const mark = (node: number, as: number): void => {
    if (((marks[node] as number) & STUCK) === 0) stuck.push(node)
    marks[node] = (marks[node] as number) | STUCK | as
  }
  for (const members of findCyclicComponents(rest, inside, dependencies, true)) for (const member of members) mark(member, CYCLIC)
  for (const node of rest) if (open[node] === -1) mark(node, 0)
  for (let n = 0; n < stuck.length; n += 1) {
    const node = stuck[n] as number
    inside[node] = 0
    layer[node] = -1
    for (let slot = dependants.first[node] as number; slot < (dependants.last[node] as number); slot += 1) {
      const dependant = dependants.target[slot] as number
      if (inside[dependant] === 1 && ((dependants.mark[slot] as number) & OPTIONAL) === 0) mark(dependant, 0)
    }
  }
  return rest.filter((node) => inside[node] === 1)
}
