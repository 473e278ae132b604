import { clusterStates } from '../timeline.ts'
import type { FleetOverTime } from './fleet-over-time.ts'
import type { Layout } from './layout.ts'
import { byId, clusterText } from './text.ts'

const failed = clusterStates.indexOf('failed')

/** The cluster that is pointed at, by the keyboard or the mouse: its cell is framed, and it says how it is and why. */
export class Cursor {
  readonly #fleet: FleetOverTime
  #layout: Layout
  readonly #frame: HTMLElement = byId('cursor')
  readonly #tip: HTMLElement = byId('tip')
  readonly #status: HTMLElement = byId('status')
  /** The row of the keyboard, and the one below the mouse. */
  #row: number | undefined
  #hovered: number | undefined
  #text: string | undefined

  constructor(area: HTMLElement, fleet: FleetOverTime, layout: Layout, open: (row: number) => void) {
    this.#fleet = fleet
    this.#layout = layout
    const canvas = byId('grid')
    area.tabIndex = 0
    canvas.addEventListener('mousemove', ({ offsetX, offsetY }) => this.#hover(this.#layout.at(offsetX, offsetY)))
    canvas.addEventListener('mouseleave', () => this.#hover(undefined))
    canvas.addEventListener('click', ({ offsetX, offsetY }) => {
      const row = this.#layout.at(offsetX, offsetY)
      if (row !== undefined) open(row)
    })
    area.addEventListener('focus', () => this.moveTo(this.#row ?? this.#layout.order[0]))
    area.addEventListener('blur', () => this.#show(undefined))
    area.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || this.#row === undefined) return
      const target = this.#target(event.key, this.#row)
      if (target === undefined && event.key !== 'Enter') return
      event.preventDefault()
      if (target === undefined) open(this.#row)
      else if (target === 'none') this.#status.textContent = 'No cluster has failed at this time.'
      else this.moveTo(target)
    })
  }

  /** Points at a row, and says it. */
  moveTo(row: number | undefined): void {
    if (row === undefined) return
    this.#row = row
    this.#show(row)
    this.#frame.scrollIntoView({ block: 'nearest' })
    this.#say()
  }

  /** Follows the time, or another layout. */
  update(layout: Layout): void {
    this.#layout = layout
    const shown = this.#hovered ?? (this.#frame.hidden ? undefined : this.#row)
    this.#show(shown)
    if (this.#row !== undefined && this.#text !== undefined) this.#say()
  }

  #say(): void {
    const text = clusterText(this.#fleet, this.#row as number)
    if (text === this.#text) return
    this.#text = text
    this.#status.textContent = text
  }

  #hover(row: number | undefined): void {
    if (row === this.#hovered) return
    this.#hovered = row
    this.#show(row ?? (document.activeElement === byId('fleet') ? this.#row : undefined))
  }

  #show(row: number | undefined): void {
    this.#frame.hidden = row === undefined
    this.#tip.hidden = row === undefined
    if (row === undefined) return
    const { left, top, pitch } = this.#layout
    const [x, y] = [left[row] as number, top[row] as number]
    Object.assign(this.#frame.style, { left: `${x - 2}px`, top: `${y - 2}px`, width: `${pitch + 2}px`, height: `${pitch + 2}px` })
    this.#tip.textContent = clusterText(this.#fleet, row)
    const room = (this.#tip.parentElement as HTMLElement).clientWidth
    Object.assign(this.#tip.style, { left: '0', top: `${y + pitch + 4}px` })
    this.#tip.style.left = `${Math.max(0, Math.min(x, room - this.#tip.offsetWidth))}px`
  }

  /** Where a key leads; `none` when there is no failed cluster, `undefined` for another key. */
  #target(key: string, row: number): number | 'none' | undefined {
    const { order, indexOf } = this.#layout
    const index = indexOf[row] as number
    switch (key) {
      case 'ArrowLeft':
        return order[index - 1] ?? row
      case 'ArrowRight':
        return order[index + 1] ?? row
      case 'ArrowUp':
        return this.#layout.beside(row, -1)
      case 'ArrowDown':
        return this.#layout.beside(row, 1)
      case 'Home':
        return order[0]
      case 'End':
        return order.at(-1)
      case 'f':
        return this.#nextFailed(index)
      default:
        return undefined
    }
  }

  #nextFailed(index: number): number | 'none' {
    const { order } = this.#layout
    for (let step = 1; step <= order.length; step++) {
      const row = order[(index + step) % order.length] as number
      if (this.#fleet.states[row] === failed) return row
    }
    return 'none'
  }
}
