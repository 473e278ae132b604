import { formatDuration } from '../../../model/duration.ts'
import { limitRule, resolveAmount } from '../../strategy/amount.ts'
import type { StartLimit } from '../../strategy/stage.ts'
import type { TargetView } from '../../target-view.ts'
import { type Hold, hold, timeText } from '../hold.ts'
import type { Tick } from '../tick.ts'

/** The members of a stage that were assigned something within an interval that ends now: a version, or the removal. */
export class StartRate {
  readonly #name: string
  readonly #limit: number
  readonly #per: number
  readonly #tick: Tick
  /** When each was started last. */
  readonly #starts: Map<string, number> = new Map()
  #full: Hold | undefined

  constructor(tick: Tick, stage: string, { limit, per }: StartLimit, from: number, to: number) {
    this.#name = stage
    this.#limit = resolveAmount(limit, to - from, limitRule) ?? 0
    this.#per = per
    this.#tick = tick
    for (let index = from; index < to; index += 1) {
      const { id, assigned } = tick.staged.views[index] as TargetView
      if (assigned !== null && tick.now < assigned.at + this.#per) this.#starts.set(id, assigned.at)
    }
  }

  /** What holds all that are still to be started, once that is the limit. */
  get full(): Hold | undefined {
    if (this.#starts.size < this.#limit) return undefined
    this.#full ??= this.#hold()
    return this.#full
  }

  take(id: string): void {
    this.#starts.set(id, this.#tick.now)
  }

  #hold(): Hold {
    const what = `maxStarts of ${this.#name}`
    const path = [`stage:${this.#name}`]
    if (this.#limit === 0) return hold('starts', `${what} is 0, so nothing starts`, path)
    const times = [...this.#starts.values()].sort((a, b) => a - b)
    // With each that is no longer within the interval the count is another.
    for (const at of times) this.#tick.wake.add(at + this.#per)
    const until = (times[times.length - this.#limit] as number) + this.#per
    const count = `${times.length} of ${this.#limit} started within ${formatDuration(this.#per)}`
    return hold('starts', `${what} is used up: ${count}; the next at ${timeText(until)}`, path, until)
  }
}
