import type { RolloutLogEvents, RolloutLogSnapshot } from '../../../model/kinds/rollout-log/types.generated.ts'
import type { HistoryEvent, HistoryState } from '../history/event.ts'
import type { Dictionaries } from './dictionaries.ts'

const names = ['type', 'cluster', 'revision', 'why'] as const

/** Writes events, or states, in columns: of each time how long it is after the one before. */
export class ColumnWriter {
  readonly #dictionaries: Dictionaries
  readonly #columns: Record<keyof RolloutLogEvents, (string | number)[]> = { at: [], type: [], cluster: [], revision: [], why: [] }
  readonly #states: Record<'assigned' | 'running' | 'unreachable', number[]> = { assigned: [], running: [], unreachable: [] }
  #last: number

  /**
   * @param last - the time that the next one is counted from
   * @param written - what to go on with
   */
  constructor(dictionaries: Dictionaries, last: number, written?: RolloutLogEvents) {
    this.#dictionaries = dictionaries
    this.#last = last
    if (written !== undefined) for (const name of ['at', ...names] as const) this.#columns[name].push(written[name])
  }

  /** The time of the last one. */
  get last(): number {
    return this.#last
  }

  /** How many bytes an event takes. */
  bytesOf(event: HistoryEvent): number {
    const after = Math.max(0, event.at - this.#last)
    return names.reduce((bytes, name) => bytes + this.#dictionaries.bytesOf(name, event[name]), String(after).length + 1)
  }

  /** One that is earlier than the last counts as at the same time: a clock was set back. */
  add(event: HistoryEvent): void {
    const at = Math.max(event.at, this.#last)
    this.#columns.at.push(at - this.#last)
    for (const name of names) this.#columns[name].push(this.#dictionaries.number(name, event[name]))
    this.#last = at
  }

  addState({ last, assigned, running, reachable }: HistoryState): void {
    this.add(last)
    this.#states.assigned.push(this.#dictionaries.number('revision', assigned))
    this.#states.running.push(this.#dictionaries.number('revision', running))
    this.#states.unreachable.push(reachable ? 0 : 1)
  }

  get events(): RolloutLogEvents {
    const { at, type, cluster, revision, why } = this.#columns
    return { at: at.join(' '), type: type.join(' '), cluster: cluster.join(' '), revision: revision.join(' '), why: why.join(' ') }
  }

  get snapshot(): RolloutLogSnapshot {
    const { assigned, running, unreachable } = this.#states
    const columns = { ...this.events, assigned: assigned.join(' '), running: running.join(' ') }
    return unreachable.includes(1) ? { ...columns, unreachable: unreachable.join(' ') } : columns
  }
}
