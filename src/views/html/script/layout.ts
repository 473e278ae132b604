import type { Grouping } from './unpack.ts'

const headingHeight = 26
const groupGap = 10

/** The clusters of one value of a grouping, in lines from the left. */
export interface Group {
  readonly name: string
  readonly rows: Uint32Array
  /** Of its heading, in pixels. The cells begin below. */
  readonly top: number
}

/** Which cell of the grid each cluster has. */
export class Layout {
  readonly groups: readonly Group[]
  /** Of a cell and what is beside it, in pixels. */
  readonly pitch: number
  readonly height: number
  /** Rows in the order of the grid, and by row its index there. */
  readonly order: Uint32Array
  readonly indexOf: Uint32Array
  /** By row: the left and the top of its cell. */
  readonly left: Uint32Array
  readonly top: Uint32Array
  readonly #perLine: number

  constructor({ values, of }: Grouping, width: number) {
    const count = of.length
    this.pitch = pitchFor(count)
    this.#perLine = Math.max(1, Math.floor(width / this.pitch))
    this.order = new Uint32Array(count)
    this.indexOf = new Uint32Array(count)
    this.left = new Uint32Array(count)
    this.top = new Uint32Array(count)
    const groups: Group[] = []
    let [next, y] = [0, 0]
    for (const [value, rows] of membersOf(values.length, of)) {
      groups.push({ name: value === 0 ? 'none' : (values[value - 1] as string), rows, top: y })
      for (const [index, row] of rows.entries()) {
        this.order[next] = row
        this.indexOf[row] = next++
        this.left[row] = (index % this.#perLine) * this.pitch
        this.top[row] = y + headingHeight + Math.floor(index / this.#perLine) * this.pitch
      }
      y += headingHeight + Math.ceil(rows.length / this.#perLine) * this.pitch + groupGap
    }
    this.groups = groups
    this.height = y
  }

  /** The row whose cell is there. */
  at(x: number, y: number): number | undefined {
    const group = this.groups.findLast(({ top }) => top <= y)
    if (group === undefined || y < group.top + headingHeight) return undefined
    const [column, line] = [Math.floor(x / this.pitch), Math.floor((y - group.top - headingHeight) / this.pitch)]
    return column < 0 || column >= this.#perLine ? undefined : group.rows[line * this.#perLine + column]
  }

  /** The row whose cell is above or below, in another group where there is none in this one; the same row at the edge. */
  beside(row: number, lines: 1 | -1): number {
    const index = this.groups.findIndex(({ top }) => top > (this.top[row] as number))
    const at = (index < 0 ? this.groups.length : index) - 1
    const { rows } = this.groups[at] as Group
    const column = (this.left[row] as number) / this.pitch
    const first = this.indexOf[rows[0] as number] as number
    const line = Math.floor(((this.indexOf[row] as number) - first) / this.#perLine) + lines
    if (line >= 0 && line < this.#linesOf(rows)) return this.#cell(rows, line, column)
    const other = this.groups[at + lines]
    return other === undefined ? row : this.#cell(other.rows, lines > 0 ? 0 : this.#linesOf(other.rows) - 1, column)
  }

  #linesOf(rows: Uint32Array): number {
    return Math.ceil(rows.length / this.#perLine)
  }

  #cell(rows: Uint32Array, line: number, column: number): number {
    return rows[Math.min(rows.length - 1, line * this.#perLine + column)] as number
  }
}

/** The rows of each value that has some, in the order of the values; those without one come last. */
function membersOf(values: number, of: Uint32Array): readonly (readonly [value: number, rows: Uint32Array])[] {
  const members: number[][] = Array.from({ length: values + 1 }, () => [])
  for (const [row, value] of of.entries()) members[value]?.push(row)
  const [none = [], ...known] = members
  return [...known.map((rows, index) => [index + 1, rows] as const), [0, none] as const]
    .filter(([, rows]) => rows.length > 0)
    .map(([value, rows]) => [value, Uint32Array.from(rows)] as const)
}

function pitchFor(count: number): number {
  if (count <= 200) return 24
  if (count <= 2000) return 14
  return count <= 20_000 ? 9 : 6
}
