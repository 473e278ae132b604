import type { HistoryEventType } from './event.ts'
import { Names } from './names.ts'

/** What an event says beside its time and its pair, and how the pair is after it. Many events share one. */
export interface Detail {
  readonly type: HistoryEventType
  readonly revision: string | undefined
  readonly why: string | undefined
  readonly assigned: string | undefined
  readonly running: string | undefined
  readonly reachable: boolean
}

/** Details with a number each. */
export class Details {
  readonly #details: Detail[] = []
  readonly #texts = new Names()
  readonly #numbers = new Map<string, number>()
  /** By the detail before (0 for none), its number and one: what came after it last. Rollouts say the same of many pairs. */
  readonly #after: number[] = []

  /** The number of what an event of a pair says, given the number of what the one before said, and one; 0 when there was none. */
  add(type: HistoryEventType, revision: string | undefined, why: string | undefined, before: number): number {
    const again = this.#details[this.#after[before] ?? -1]
    if (again !== undefined && again.type === type && again.revision === revision && again.why === why) return this.#after[before] as number
    const number = this.#find({ type, revision, why, ...after(type, revision, this.#details[before - 1]) })
    this.#after[before] = number
    return number
  }

  at(number: number): Detail {
    return this.#details[number] as Detail
  }

  #find(detail: Detail): number {
    const { type, revision, why, assigned, running, reachable } = detail
    const number = (text: string | undefined): number => (text === undefined ? -1 : this.#texts.add(text))
    const key = `${type} ${number(revision)} ${number(why)} ${number(assigned)} ${number(running)} ${reachable}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#details.length)
    return this.#details.push(detail) - 1
  }
}

type After = Pick<Detail, 'assigned' | 'running' | 'reachable'>

const unknown: After = { assigned: undefined, running: undefined, reachable: true }

/** How a pair is after an event. */
function after(type: HistoryEventType, revision: string | undefined, { assigned, running, reachable }: After = unknown): After {
  switch (type) {
    case 'assigned':
      return { assigned: revision, running, reachable }
    case 'removed':
      return unknown
    case 'ready':
      return { assigned, running: revision, reachable }
    case 'lost':
    case 'found':
      return { assigned, running, reachable: type === 'found' }
    default:
      return { assigned, running, reachable }
  }
}
