import { printable } from '../../../model/printable.ts'
import { type ClusterState, clusterStates } from '../timeline.ts'
import type { FleetOverTime } from './fleet-over-time.ts'
import type { Layout } from './layout.ts'

/** A canvas has at most so many pixels in height in every browser. */
const maxPixels = 16_000

type Colours = Readonly<Record<ClusterState | 'back' | 'text', string>>

/** The colours of the style, which follow the scheme of the reader. */
function colours(): Colours {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries([...clusterStates, 'back', 'text'].map((name) => [name, style.getPropertyValue(`--${name}`)])) as Colours
}

/** Where the cells of rows are. */
type Cells = Pick<Layout, 'left' | 'top'>

/** Draws cells of one state on what is clean. Red and green differ in their mark too: a failed cell has a notch, an unreachable one is hollow. */
function drawCells(
  context: CanvasRenderingContext2D,
  state: ClusterState,
  size: number,
  colour: Colours,
  rows: readonly number[],
  { left, top }: Cells,
): void {
  const fill = (x: number, y: number, side: number): void => {
    for (const row of rows) context.fillRect((left[row] as number) + x, (top[row] as number) + y, side, side)
  }
  const inset = state === 'absent' ? Math.floor(size / 3) : 0
  const [edge, notch] = [Math.max(1, Math.round(size / 6)), Math.round(size / 2)]
  context.fillStyle = colour[state]
  fill(inset, inset, size - 2 * inset)
  context.fillStyle = colour.back
  if (state === 'unreachable') fill(edge, edge, size - 2 * edge)
  if (state === 'failed') fill(size - notch, 0, notch)
}

/** Sets the size of a canvas in pixels of the page. */
function resized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const scale = Math.min(devicePixelRatio, maxPixels / Math.max(1, width, height))
  canvas.width = Math.ceil(width * scale)
  canvas.height = Math.ceil(height * scale)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.scale(scale, scale)
  return context
}

/** The cells of the clusters on a canvas. */
export class Picture {
  readonly #canvas: HTMLCanvasElement
  readonly #fleet: FleetOverTime
  #layout: Layout
  #context: CanvasRenderingContext2D
  #colours: Colours

  constructor(canvas: HTMLCanvasElement, fleet: FleetOverTime, layout: Layout, width: number) {
    this.#canvas = canvas
    this.#fleet = fleet
    this.#layout = layout
    this.#colours = colours()
    this.#context = resized(canvas, width, layout.height)
  }

  /** Draws everything, in another layout or in the colours that hold now. */
  drawAll(layout: Layout, width: number): void {
    this.#layout = layout
    this.#colours = colours()
    this.#context = resized(this.#canvas, width, layout.height)
    this.#context.fillStyle = this.#colours.text
    this.#context.font = '600 13px system-ui, sans-serif'
    for (const { name, rows, top } of layout.groups) this.#context.fillText(`${printable(name)} (${rows.length})`, 0, top + 18, width)
    this.#draw(layout.order)
  }

  /** Draws the cells of some rows. */
  drawRows(rows: readonly number[]): void {
    const { left, top, pitch } = this.#layout
    this.#context.fillStyle = this.#colours.back
    for (const row of rows) this.#context.fillRect(left[row] as number, top[row] as number, pitch, pitch)
    this.#draw(rows)
  }

  /** In one pass for each colour. */
  #draw(rows: Iterable<number>): void {
    const { pitch } = this.#layout
    const byState: number[][] = clusterStates.map(() => [])
    for (const row of rows) byState[this.#fleet.states[row] as number]?.push(row)
    for (const [index, state] of clusterStates.entries())
      drawCells(this.#context, state, pitch - (pitch > 10 ? 2 : 1), this.#colours, byState[index] as number[], this.#layout)
  }
}

/** Draws each state as the grid has it, with its name. */
export function drawLegend(list: HTMLElement): void {
  const colour = colours()
  list.replaceChildren(
    ...clusterStates.map((state) => {
      const canvas = document.createElement('canvas')
      canvas.setAttribute('aria-hidden', 'true')
      drawCells(resized(canvas, 14, 14), state, 14, colour, [0], { left: Uint32Array.of(0), top: Uint32Array.of(0) })
      const item = document.createElement('li')
      item.append(canvas, state)
      return item
    }),
  )
}
