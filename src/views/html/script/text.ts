import { formatDuration } from '../../../model/duration.ts'
import { printable } from '../../../model/printable.ts'
import { clusterStates } from '../timeline.ts'
import type { FleetOverTime } from './fleet-over-time.ts'
import type { Columns } from './unpack.ts'

/** The element of the page with this id. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind
}

/** A new element with a text: whatever it says is a text, and its invisible characters are seen. */
export function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, text = ''): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  made.textContent = printable(text)
  return made
}

/** The heading of a column or of a row. */
export function heading(scope: 'col' | 'row', text: string): HTMLTableCellElement {
  const made = element('th', text)
  made.scope = scope
  return made
}

/** A time in UTC, or since the beginning. */
export function timeText({ elapsed, from }: Columns, time: number): string {
  if (elapsed) return `+${formatDuration(time - from)}`
  return `${new Date(time).toISOString().replace('T', ' ').replace('.000Z', '').replace('Z', '')} UTC`
}

/** What a change says; of the time before the first one, -1, that nothing is known. */
export interface ChangeText {
  readonly state: string
  readonly revision: string
  readonly since: string
  readonly why: string
}

export function changeText(columns: Columns, change: number): ChangeText {
  if (change < 0) return { state: 'absent', revision: '', since: '', why: '' }
  const detail = columns.detailOf[change] as number
  return {
    state: clusterStates[columns.states[detail] as number] as string,
    revision: columns.revisions[(columns.revisionOf[detail] as number) - 1] ?? '',
    since: timeText(columns, columns.times[columns.momentOf[change] as number] as number),
    why: columns.reasons[(columns.reasonOf[detail] as number) - 1] ?? '',
  }
}

/** How a cluster is now, in one line. */
export function clusterText(fleet: FleetOverTime, row: number): string {
  const { state, revision, since, why } = changeText(fleet.columns, fleet.changes[row] as number)
  const parts = [state, revision === '' ? '' : `revision ${revision}`, since === '' ? '' : `since ${since}`]
  const text = parts.filter((part) => part !== '').join(', ')
  return printable(`${fleet.columns.ids[row]}: ${text}${why === '' ? '' : `: ${why}`}`)
}
