import { clusterStates } from '../timeline.ts'
import type { FleetOverTime } from './fleet-over-time.ts'
import { element, heading } from './text.ts'
import type { Grouping } from './unpack.ts'

/** How many clusters of each stage, or of another grouping, have which state: what the picture shows, as a table. */
export class GroupsTable {
  readonly #fleet: FleetOverTime
  readonly #of: Uint32Array
  /** By value and state. The values begin with that of the clusters without one. */
  readonly #counts: Uint32Array
  readonly #cells: (HTMLTableCellElement | undefined)[]
  /** By row: the state that it is counted under. */
  readonly #counted: Uint8Array

  constructor(table: HTMLTableElement, fleet: FleetOverTime, { name, values, of }: Grouping) {
    this.#fleet = fleet
    this.#of = of
    this.#counted = fleet.states.slice()
    this.#counts = new Uint32Array((values.length + 1) * clusterStates.length)
    this.#cells = Array.from(this.#counts, () => undefined)
    for (const [row, value] of of.entries()) this.#add(value, this.#counted[row] as number, 1)
    const head = element('tr')
    head.append(heading('col', name), ...clusterStates.map((state) => heading('col', state)), heading('col', 'all'))
    const lines = [...values.keys()].map((index) => this.#line(index + 1, values[index] as string))
    const without = this.#totalOf(0) === 0 ? [] : [this.#line(0, 'none')]
    table.replaceChildren(element('caption', `Clusters by ${name}`), element('thead'), element('tbody'))
    table.tHead?.append(head)
    table.tBodies[0]?.append(...lines, ...without)
  }

  /** Counts rows whose state may be another. */
  update(rows: readonly number[]): void {
    const changed = new Set<number>()
    for (const row of rows) {
      const [before, now, value] = [this.#counted[row] as number, this.#fleet.states[row] as number, this.#of[row] as number]
      if (before === now) continue
      changed.add(this.#add(value, before, -1)).add(this.#add(value, now, 1))
      this.#counted[row] = now
    }
    for (const at of changed) {
      const cell = this.#cells[at]
      if (cell !== undefined) cell.textContent = String(this.#counts[at])
    }
  }

  #add(value: number, state: number, count: 1 | -1): number {
    const at = value * clusterStates.length + state
    this.#counts[at] = (this.#counts[at] as number) + count
    return at
  }

  #totalOf(value: number): number {
    return clusterStates.reduce((sum, _, state) => sum + (this.#counts[value * clusterStates.length + state] as number), 0)
  }

  #line(value: number, name: string): HTMLTableRowElement {
    const cells = clusterStates.map((_, state) => {
      const at = value * clusterStates.length + state
      const cell = element('td', String(this.#counts[at]))
      this.#cells[at] = cell
      return cell
    })
    const line = element('tr')
    line.append(heading('row', name), ...cells, element('td', String(this.#totalOf(value))))
    return line
  }
}
