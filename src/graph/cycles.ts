import { compareText, sortTexts } from '../model/compare-text.ts'
import { OPTIONAL } from './adjacency.ts'
import { findCyclicComponents } from './components.ts'
import type { Ids } from './ids.ts'
import { CYCLIC, type Structure } from './structure.ts'

/** Nodes that depend on one another. */
export interface Cycle {
  /** All its nodes, sorted. */
  readonly members: readonly string[]
  /** A shortest cycle through the smallest member, which comes first: each depends on the next, and the last on the first. */
  readonly path: readonly string[]
}

/** The cycles of a graph, sorted by their smallest members, and for each of their nodes the cycle it is in. */
export function listCycles(structure: Structure, ids: Ids): { readonly cycles: readonly Cycle[]; readonly of: ReadonlyMap<number, Cycle> } {
  const { dependencies, marks } = structure
  const inside = new Uint8Array(marks.length)
  const nodes: number[] = []
  for (let node = 0; node < marks.length; node += 1) {
    if (((marks[node] as number) & CYCLIC) === 0) continue
    inside[node] = 1
    nodes.push(node)
  }
  const of = new Map<number, Cycle>()
  const cycles = findCyclicComponents(nodes, inside, dependencies, true).map((component) => {
    const cycle = { members: sortTexts(component.map((node) => ids.name(node))), path: shortestCycle(component, structure, ids) }
    for (const node of component) of.set(node, cycle)
    return cycle
  })
  cycles.sort((a, b) => compareText(a.path[0] as string, b.path[0] as string))
  return { cycles, of }
}

/** A shortest cycle through the smallest member; of several the one that is smallest id by id. */
function shortestCycle(component: readonly number[], { dependencies, dependants }: Structure, ids: Ids): string[] {
  const start = component.reduce((a, b) => (compareText(ids.name(a), ids.name(b)) <= 0 ? a : b))
  // How far each member is from the start, found backwards; then forwards, always one step nearer.
  const members = new Set(component)
  const distance = new Map<number, number>([[start, 0]])
  const queue = [start]
  for (let n = 0; n < queue.length; n += 1) {
    const node = queue[n] as number
    for (let slot = dependants.first[node] as number; slot < (dependants.last[node] as number); slot += 1) {
      const next = dependants.target[slot] as number
      if (((dependants.mark[slot] as number) & OPTIONAL) !== 0 || !members.has(next) || distance.has(next)) continue
      distance.set(next, (distance.get(node) as number) + 1)
      queue.push(next)
    }
  }
  const path: string[] = []
  let node = start
  do {
    path.push(ids.name(node))
    let best = -1
    for (let slot = dependencies.first[node] as number; slot < (dependencies.last[node] as number); slot += 1) {
      const next = dependencies.target[slot] as number
      if (((dependencies.mark[slot] as number) & OPTIONAL) !== 0 || !members.has(next)) continue
      const nearer = best === -1 ? -1 : (distance.get(next) as number) - (distance.get(best) as number)
      if (nearer < 0 || (nearer === 0 && compareText(ids.name(next), ids.name(best)) < 0)) best = next
    }
    node = best
  } while (node !== start)
  return path
}
