import type { Adjacency, Slot } from './adjacency.ts'
import type { Ids } from './ids.ts'
import type { GraphEdge } from './input.ts'
import { markOf } from './parts.ts'
import type { Structure } from './structure.ts'

/** The lists of edges that a change replaces. */
export class EdgeChanges {
  readonly #structure: Structure
  readonly #ids: Ids
  readonly #dependencies: Map<number, Slot[]> = new Map()
  readonly #dependants: Map<number, Slot[]> = new Map()
  /** The nodes whose dependencies changed, and whose layer may change with them. */
  readonly affected: Set<number> = new Set()
  /** The nodes whose dependencies changed, and whose layer stays the same. */
  readonly sameLayer: Set<number> = new Set()

  constructor(structure: Structure, ids: Ids) {
    this.#structure = structure
    this.#ids = ids
  }

  add(edge: GraphEdge): void {
    const [from, to] = [this.#ids.number(edge.from), this.#ids.number(edge.to)]
    const slot = { mark: markOf(edge), range: edge.range }
    this.#list(this.#dependencies, this.#structure.dependencies, from).push({ target: to, ...slot })
    this.#list(this.#dependants, this.#structure.dependants, to).push({ target: from, ...slot })
    this.#note(from, to, edge.range === undefined, 1)
  }

  remove(edge: Pick<GraphEdge, 'from' | 'to'>): void {
    const [from, to] = [this.#ids.find(edge.from), this.#ids.find(edge.to)]
    if (from === undefined || to === undefined) return
    this.#drop(this.#dependencies, this.#structure.dependencies, from, to)
    this.#drop(this.#dependants, this.#structure.dependants, to, from)
    this.#note(from, to, true, 2)
  }

  /** The lists with the changes, for `size` nodes. */
  store(size: number): Pick<Structure, 'dependencies' | 'dependants'> {
    const { dependencies, dependants } = this.#structure
    if (this.affected.size + this.sameLayer.size === 0 && size === dependencies.first.length) return { dependencies, dependants }
    return { dependencies: dependencies.with(size, this.#dependencies), dependants: dependants.with(size, this.#dependants) }
  }

  /**
   * An edge that leads down by at least `steps` layers can come or go without any node changing its layer: it closes no cycle, and
   * is not the only edge on a longest path down. This holds only without relaxed edges: with them, layers do not show what a node can reach.
   */
  #note(from: number, to: number, unranged: boolean, steps: number): void {
    const { layer, optionalCycles } = this.#structure
    const below = layer[to] ?? -1
    const harmless = unranged && optionalCycles.size === 0 && below >= 0 && below + steps <= (layer[from] ?? -1)
    if (harmless) this.sameLayer.add(from)
    else this.affected.add(from)
  }

  #list(lists: Map<number, Slot[]>, adjacency: Adjacency, node: number): Slot[] {
    const known = lists.get(node)
    if (known !== undefined) return known
    const list = adjacency.list(node)
    lists.set(node, list)
    return list
  }

  #drop(lists: Map<number, Slot[]>, adjacency: Adjacency, node: number, target: number): void {
    const kept = this.#list(lists, adjacency, node).filter((slot) => slot.target !== target)
    lists.set(node, kept)
  }
}
