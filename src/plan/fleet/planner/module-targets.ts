import { compareText } from '../../../model/compare-text.ts'
import { Pages } from '../../../rollout/planner/targets/pages.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import type { ClusterTable } from './cluster-table.ts'

/** The targets of one module in the order of their ids, each found by the row of its cluster. */
export class ModuleTargets {
  /** To be read only. */
  readonly views: TargetView[] = []
  /** By position, the row. */
  readonly #rows: number[] = []
  /** By row, the position and one; 0 of a cluster that is no target. */
  #positions: Uint32Array = new Uint32Array(64)
  /** By position, what is another view than in the pages; `undefined` when they are to be made again. */
  #changes: Map<number, TargetView> | undefined
  #pages: Pages<TargetView> = Pages.of<TargetView>([])
  /** How many are selected no longer. */
  #deselected = 0
  readonly #clusters: ClusterTable

  constructor(clusters: ClusterTable) {
    this.#clusters = clusters
  }

  get(row: number): TargetView | undefined {
    const position = this.#positions[row] ?? 0
    return position === 0 ? undefined : this.views[position - 1]
  }

  /** The rows of the targets, in the order of their ids. */
  get rows(): readonly number[] {
    return this.#rows
  }

  set(row: number, view: TargetView): void {
    const position = this.#positions[row] ?? 0
    this.#countDeselected(row, view)
    if (position === 0) this.#insert(row, view)
    else {
      this.views[position - 1] = view
      this.#changes?.set(position - 1, view)
    }
  }

  /** The views as they are now, which share most with those from before. */
  get pages(): Pages<TargetView> {
    const pages = this.#changes === undefined ? Pages.of(this.views, this.#pages) : this.#pages.with(this.#changes)
    this.#changes = new Map()
    // Modules that go to all clusters have the same places for the same strategy.
    const isAll = this.#deselected === 0 && this.views.length === this.#clusters.size
    if (pages !== this.#pages) this.#pages = isAll ? pages.withPlaces(this.#clusters.places) : pages
    return this.#pages
  }

  delete(row: number): void {
    const position = this.#positions[row] ?? 0
    if (position === 0) return
    this.#changes = undefined
    this.#countDeselected(row, undefined)
    this.views.splice(position - 1, 1)
    this.#rows.splice(position - 1, 1)
    this.#positions[row] = 0
    this.#number(position - 1)
  }

  /** Before the view of a cluster is another one, or none. */
  #countDeselected(row: number, next: TargetView | undefined): void {
    const countOf = (view: TargetView | undefined): number => (view?.selected === false ? 1 : 0)
    this.#deselected += countOf(next) - countOf(this.get(row))
  }

  #insert(row: number, view: TargetView): void {
    this.#changes = undefined
    if (row >= this.#positions.length) this.#grow(row + 1)
    const at = this.#indexFor(view.id)
    if (at === this.views.length) {
      this.views.push(view)
      this.#rows.push(row)
    } else {
      this.views.splice(at, 0, view)
      this.#rows.splice(at, 0, row)
    }
    this.#number(at)
  }

  #number(from: number): void {
    for (let at = from; at < this.#rows.length; at += 1) this.#positions[this.#rows[at] as number] = at + 1
  }

  #indexFor(id: string): number {
    let [low, high] = [0, this.views.length]
    // Mostly they come in order.
    if (high > 0 && compareText((this.views[high - 1] as TargetView).id, id) < 0) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareText((this.views[middle] as TargetView).id, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #grow(rows: number): void {
    const positions = new Uint32Array(Math.max(rows, this.#positions.length * 2))
    positions.set(this.#positions)
    this.#positions = positions
  }
}
