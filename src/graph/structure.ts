import { type Adjacency, OPTIONAL, RANGED } from './adjacency.ts'
import { findCircles } from './components.ts'

/** Marks of a node. */
export const PRESENT = 1
/** Given more than once. */
export const DUPLICATE = 2
/** In a cycle of required edges. */
export const CIRCLE = 4
/** Can never go as the graph is: in a cycle, with something missing or out of range, or requiring such a node. */
export const STUCK = 8

/** What the edges alone decide. Nodes are numbers; a number without the mark `PRESENT` is an id that only edges name. */
export interface Structure {
  readonly dependencies: Adjacency
  readonly dependants: Adjacency
  readonly marks: Uint8Array
  /** Length of the longest way down from a node; -1 for a node that is stuck or not present. */
  readonly layer: Int32Array
  /**
   * Nodes that optional edges tie into circles, each with a number for its circle. Those edges are left out, because an optional
   * dependency never blocks.
   */
  readonly knots: Map<number, number>
  /** Whether the version of a node is in a range. */
  readonly fits: (node: number, range: string) => boolean
}

/** Whether an edge is left out because it is optional and would close a circle. */
export function isRelaxed({ dependencies, knots }: Structure, node: number, slot: number): boolean {
  if (((dependencies.mark[slot] as number) & OPTIONAL) === 0) return false
  const target = dependencies.target[slot] as number
  if (target === node) return true
  const knot = knots.get(node)
  return knot !== undefined && knot === knots.get(target)
}

/**
 * Places the nodes of `region` in layers, or marks them as stuck, and returns the placed ones with dependencies before dependants
 * (Kahn, 1962). The region must hold every dependant of each of its nodes; the rest of the graph is taken as it is. A place depends
 * on nothing but what a node can reach, so placing a region is the same as placing everything.
 */
export function placeNodes(region: ArrayLike<number>, structure: Structure): Int32Array {
  const { dependencies, marks, layer, knots } = structure
  const inside = new Uint8Array(marks.length)
  for (let n = 0; n < region.length; n += 1) {
    const node = region[n] as number
    inside[node] = 1
    marks[node] = (marks[node] as number) & ~(CIRCLE | STUCK)
    layer[node] = 0
    if (knots.size > 0) knots.delete(node)
  }

  const placed = new Int32Array(region.length)
  const open = new Int32Array(marks.length)
  let count = 0
  for (let n = 0; n < region.length; n += 1) {
    const node = region[n] as number
    const inner = settle(node, inside, structure)
    open[node] = inner
    if (inner === 0) {
      placed[count] = node
      count += 1
    }
  }
  count = release(placed, 0, count, open, inside, structure, false)
  if (count === region.length) return placed

  const rest: number[] = []
  for (let n = 0; n < count; n += 1) inside[placed[n] as number] = 2
  for (let n = 0; n < region.length; n += 1) if (inside[region[n] as number] === 1) rest.push(region[n] as number)
  const free = markStuck(rest, open, inside, structure)
  if (free.length === 0) return placed.subarray(0, count)

  // What is left neither is stuck nor could be placed: optional edges are in the way, to stuck nodes or around in circles.
  for (const members of findCircles(free, inside, dependencies, false)) {
    const knot = members.reduce((a, b) => Math.min(a, b))
    for (const member of members) knots.set(member, knot)
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
      placed[count] = node
      count += 1
    }
  }
  count = release(placed, start, count, open, inside, structure, true)
  return placed.subarray(0, count)
}

/** How many dependencies inside the region a node has, its layer over those outside; -1 when an edge of its own makes it stuck. */
function settle(node: number, inside: Uint8Array, { dependencies, marks, layer, fits }: Structure): number {
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

/** Lets go of the dependants of `placed`, from `start` on, as their last dependency is placed; returns how many there are then. */
function release(
  placed: Int32Array,
  start: number,
  end: number,
  open: Int32Array,
  inside: Uint8Array,
  structure: Structure,
  relaxing: boolean,
): number {
  const { dependants, layer, knots } = structure
  const { first, last, target, mark } = dependants
  let count = end
  for (let n = start; n < count; n += 1) {
    const node = placed[n] as number
    const above = (layer[node] as number) + 1
    for (let slot = first[node] as number; slot < (last[node] as number); slot += 1) {
      const dependant = target[slot] as number
      if (inside[dependant] !== 1 || (open[dependant] as number) <= 0) continue
      if (relaxing && ((mark[slot] as number) & OPTIONAL) !== 0 && knots.has(node) && knots.get(node) === knots.get(dependant)) continue
      if ((layer[dependant] as number) < above) layer[dependant] = above
      open[dependant] = (open[dependant] as number) - 1
      if (open[dependant] === 0) {
        placed[count] = dependant
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
  for (const members of findCircles(rest, inside, dependencies, true)) for (const member of members) mark(member, CIRCLE)
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
