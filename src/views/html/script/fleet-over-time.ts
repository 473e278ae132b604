import { clusterStates } from '../timeline.ts'
import type { Columns } from './unpack.ts'

/** How the clusters are at one moment, which goes to and fro. Only what changes on the way is touched. */
export class FleetOverTime {
  readonly columns: Columns
  /** By row: its state, as its index in `clusterStates`; and its last change, or -1. */
  readonly states: Uint8Array
  readonly changes: Int32Array
  #moment = -1
  /** By row: the number of the step that has touched it last. */
  readonly #touched: Uint32Array
  #steps = 0

  constructor(columns: Columns) {
    this.columns = columns
    this.states = new Uint8Array(columns.ids.length)
    this.changes = new Int32Array(columns.ids.length).fill(-1)
    this.#touched = new Uint32Array(columns.ids.length)
  }

  get moment(): number {
    return this.#moment
  }

  get time(): number {
    return this.columns.times[this.#moment] as number
  }

  /** Goes to a moment. Returns the rows that have another change than before, each once. */
  goTo(moment: number): readonly number[] {
    const { firstChange, rowOf, previous } = this.columns
    const [here, there] = [firstChange[this.#moment + 1] as number, firstChange[moment + 1] as number]
    const rows: number[] = []
    this.#steps++
    for (let change = here; change < there; change++) this.#set(rowOf[change] as number, change, rows)
    for (let change = here - 1; change >= there; change--) this.#set(rowOf[change] as number, previous[change] as number, rows)
    this.#moment = moment
    for (const row of rows) this.states[row] = this.stateOf(this.changes[row] as number)
    return rows
  }

  /** The state after a change; `absent` before the first. */
  stateOf(change: number): number {
    const { states, detailOf } = this.columns
    return change < 0 ? clusterStates.indexOf('absent') : (states[detailOf[change] as number] as number)
  }

  #set(row: number, change: number, rows: number[]): void {
    this.changes[row] = change
    if (this.#touched[row] === this.#steps) return
    this.#touched[row] = this.#steps
    rows.push(row)
  }
}
