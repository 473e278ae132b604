import type { HistoryEventType } from './event.ts'

/** What an event says beside its time and its pair, and how the pair is after it. Many events share one. */
export interface Detail {
  readonly type: HistoryEventType
  readonly revision: string | undefined
  readonly why: string | undefined
  readonly assigned: string | undefined
  readonly running: string | undefined
  readonly reachable: boolean
}

type Part = string | boolean | undefined
/** By each part of a detail in turn; at the end its number. */
interface Branch extends Map<Part, Branch | number> {}

/** Details with a number each. */
export class Details {
  readonly #details: Detail[] = []
  readonly #numbers: Branch = new Map()

  /** The number of what an event says, and of how its pair is after it. */
  add(type: HistoryEventType, revision: string | undefined, why: string | undefined, { assigned, running, reachable }: After): number {
    // What most share comes first.
    const branch = below(below(below(below(this.#numbers, assigned), running), reachable), type)
    const numbers = below(branch, revision)
    const known = numbers.get(why)
    if (known !== undefined) return known as number
    numbers.set(why, this.#details.length)
    return this.#details.push({ type, revision, why, assigned, running, reachable }) - 1
  }

  at(number: number): Detail {
    return this.#details[number] as Detail
  }
}

function below(branch: Branch, part: Part): Branch {
  const known = branch.get(part)
  if (known !== undefined) return known as Branch
  const made: Branch = new Map()
  branch.set(part, made)
  return made
}

/** How a pair is after an event. */
export type After = Pick<Detail, 'assigned' | 'running' | 'reachable'>

const unknown: After = { assigned: undefined, running: undefined, reachable: true }

/** How a pair is after an event, given how it was; nothing when it is the first. */
export function after(type: HistoryEventType, revision: string | undefined, before: After = unknown): After {
  const { assigned, running, reachable } = before
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
