import type { TargetView } from '../../../rollout/target-view.ts'
import type { FleetCluster } from './input.ts'

/** The clusters of a fleet, each in a row that it keeps. */
export class ClusterTable {
  readonly #rows: Map<string, number> = new Map()
  readonly #clusters: (FleetCluster | undefined)[] = []
  readonly #free: number[] = []
  #places: object = {}

  /** How many clusters there are. */
  get size(): number {
    return this.#rows.size
  }

  /** Stands for all that stages go by of all clusters: another one when any of that is another. */
  get places(): object {
    return this.#places
  }

  /** How many rows there are; some may be free. */
  get length(): number {
    return this.#clusters.length
  }

  /** The rows of the clusters there are. */
  rows(): Iterable<number> {
    return this.#rows.values()
  }

  rowOf(id: string): number | undefined {
    return this.#rows.get(id)
  }

  at(row: number): FleetCluster {
    return this.#clusters[row] as FleetCluster
  }

  /** Every cluster as a target that has nothing. */
  *targets(): Iterable<TargetView> {
    for (const row of this.rows()) yield { ...this.at(row), assigned: null, observed: null }
  }

  /** Adds a cluster, or takes it in place of the one with its id. Returns its row. */
  put(cluster: FleetCluster): number {
    const known = this.#rows.get(cluster.id)
    const row = known ?? this.#free.pop() ?? this.#clusters.length
    if (known === undefined || !isPlacedAlike(this.at(known), cluster)) this.#places = {}
    this.#rows.set(cluster.id, row)
    this.#clusters[row] = cluster
    return row
  }

  remove(id: string): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.delete(id)
    this.#places = {}
    this.#clusters[row] = undefined
    this.#free.push(row)
  }
}

function isPlacedAlike(a: FleetCluster, b: FleetCluster): boolean {
  return a.labels === b.labels && a.sortKey === b.sortKey && a.weight === b.weight
}
