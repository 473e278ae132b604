import type { FleetOverTime } from './fleet-over-time.ts'
import { byId, changeText, clusterText, element, heading } from './text.ts'

/** So many changes are shown, the last ones. */
const most = 500

/** One cluster as text: how it is, and all that has changed. */
export class ClusterText {
  readonly #fleet: FleetOverTime
  readonly #section: HTMLElement = byId('cluster')
  readonly #now: HTMLElement = byId('cluster-now')
  readonly #lines: Map<number, HTMLTableRowElement> = new Map()
  #row: number | undefined

  constructor(fleet: FleetOverTime, onClose: () => void) {
    this.#fleet = fleet
    byId('close').addEventListener('click', () => {
      this.#section.hidden = true
      this.#row = undefined
      onClose()
    })
  }

  /** Shows a cluster, and takes the focus there. */
  open(row: number): void {
    this.#row = row
    const { columns } = this.#fleet
    const title = byId('cluster-id')
    title.textContent = element('span', columns.ids[row]).textContent
    const labels = columns.groupings.flatMap(({ name, values, of }) => {
      const value = values[(of[row] as number) - 1]
      return value === undefined ? [] : `${name}: ${value}`
    })
    byId('cluster-labels').textContent = element('span', labels.join(', ')).textContent
    this.#fill()
    this.#section.hidden = false
    this.update()
    title.focus()
  }

  /** Follows the time. */
  update(): void {
    if (this.#row === undefined) return
    this.#now.textContent = clusterText(this.#fleet, this.#row)
    const current = this.#fleet.changes[this.#row]
    for (const [change, line] of this.#lines) line.ariaCurrent = change === current ? 'true' : null
  }

  #fill(): void {
    const { columns } = this.#fleet
    this.#lines.clear()
    let change = columns.last[this.#row as number] as number
    for (; change >= 0 && this.#lines.size < most; change = columns.previous[change] as number) {
      const { state, revision, since, why } = changeText(columns, change)
      const line = element('tr')
      line.append(heading('row', since), ...[state, revision, why].map((text) => element('td', text)))
      this.#lines.set(change, line)
    }
    const head = element('tr')
    head.append(...['time', 'state', 'revision', 'why'].map((name) => heading('col', name)))
    const table = byId<HTMLTableElement>('cluster-changes')
    table.replaceChildren(
      element('caption', change < 0 ? 'What has changed, the last first' : `The last ${most} changes`),
      element('thead'),
      element('tbody'),
    )
    table.tHead?.append(head)
    table.tBodies[0]?.append(...this.#lines.values())
  }
}
