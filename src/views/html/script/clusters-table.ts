import { printable } from '../../../model/printable.ts'
import type { FleetOverTime } from './fleet-over-time.ts'
import { changeText, element, heading } from './text.ts'

/** From so many clusters on a table of all of them says less than the search. */
const tooMany = 200

/** Every cluster of a small fleet as a table. */
export class ClustersTable {
  readonly #fleet: FleetOverTime
  readonly #lines: HTMLTableRowElement[] = []

  constructor(table: HTMLTableElement, fleet: FleetOverTime) {
    this.#fleet = fleet
    const { ids, groupings } = fleet.columns
    const [stages] = groupings
    if (stages === undefined || ids.length >= tooMany) return
    const head = element('tr')
    head.append(...['cluster', 'stage', 'state', 'revision', 'since', 'why'].map((name) => heading('col', name)))
    table.replaceChildren(element('caption', 'All clusters'), element('thead'), element('tbody'))
    table.tHead?.append(head)
    for (const [row, id] of ids.entries()) {
      const line = element('tr')
      const stage = stages.values[(stages.of[row] as number) - 1]
      line.append(heading('row', id), element('td', stage), ...Array.from({ length: 4 }, () => element('td')))
      this.#lines.push(line)
    }
    table.tBodies[0]?.append(...this.#lines)
    table.hidden = false
    this.update([...ids.keys()])
  }

  update(rows: readonly number[]): void {
    for (const row of rows) {
      const cells = this.#lines[row]?.cells
      if (cells === undefined) continue
      const { state, revision, since, why } = changeText(this.#fleet.columns, this.#fleet.changes[row] as number)
      for (const [at, text] of [state, revision, since, why].entries()) (cells[at + 2] as HTMLElement).textContent = printable(text)
    }
  }
}
