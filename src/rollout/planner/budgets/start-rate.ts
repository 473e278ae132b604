import { formatDuration } from '../../../model/duration.ts'
import { capacityOf, fits, weightOf } from '../../strategy/capacity.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import type { StartLimit } from '../../strategy/stage.ts'
import type { TargetView } from '../../target-view.ts'
import { type Hold, hold, timeText } from '../hold.ts'
import { type Block, byBlock } from '../snapshot/block.ts'
import type { Tick } from '../tick.ts'

/** The members of a stage that were assigned something within an interval that ends now: a version, or the removal. */
export class StartRate {
  readonly #name: string
  readonly #limit: number
  readonly #per: number
  readonly #tick: Tick
  /** When each was started last. */
  readonly #starts: Map<string, { readonly at: number; readonly cost: number }> = new Map()
  readonly #weighted: boolean
  #used: number = 0
  #full: Hold | undefined

  /**
   * @param total - what all members count for
   * @param blocks - the members
   */
  constructor(tick: Tick, { name, weighted }: ResolvedStage, { limit, per }: StartLimit, total: number, blocks: readonly Block[]) {
    this.#name = name
    this.#weighted = weighted
    // A number is one of starts: with one member that is tried again, 2 are 2.
    this.#limit = capacityOf(limit, total, weighted || !`${limit}`.endsWith('%'))
    this.#per = per
    this.#tick = tick
    for (const block of blocks) {
      if (tick.now >= lastStart(block) + per) continue
      for (const view of block.views) {
        const { assigned } = view
        if (assigned !== null && tick.now < assigned.at + per) this.#add(view, assigned.at)
      }
    }
  }

  /** What holds a target, and all behind it. */
  holdOf(view: TargetView): Hold | undefined {
    if (fits(this.#costOf(view), this.#used, this.#limit)) return undefined
    this.#full ??= this.#hold(this.#costOf(view))
    return this.#full
  }

  take(view: TargetView): void {
    this.#used -= this.#starts.get(view.id)?.cost ?? 0
    this.#add(view, this.#tick.now)
  }

  #add(view: TargetView, at: number): void {
    const cost = this.#costOf(view)
    this.#starts.set(view.id, { at, cost })
    this.#used += cost
  }

  #costOf(view: TargetView): number {
    return this.#weighted ? weightOf(view) : 1
  }

  #hold(cost: number): Hold {
    const what = `maxStarts of ${this.#name}`
    const path = [`stage:${this.#name}`]
    if (this.#limit === 0) return hold('starts', `${what} is 0, so nothing starts`, path)
    const starts = [...this.#starts.values()].sort((a, b) => a.at - b.at)
    let [left, until] = [this.#used, Number.POSITIVE_INFINITY]
    for (const { at, cost: freed } of starts) {
      const end = at + this.#per
      // With each that is no longer within the interval the count is another.
      this.#tick.wake.add(end)
      if (!fits(cost, left, this.#limit)) until = end
      left -= freed
    }
    const count = `${this.#used} of ${this.#limit}${this.#weighted ? ' by weight' : ''} started within ${formatDuration(this.#per)}`
    const full = this.#weighted ? 'has no room for it' : 'is used up'
    return hold('starts', `${what} ${full}: ${count}; the next at ${timeText(until)}`, path, until)
  }
}

/** When the last of the members of a block was started. */
const lastStart: (block: Block) => number = byBlock(({ views }) =>
  views.reduce((last, { assigned }) => Math.max(last, assigned?.at ?? last), Number.NEGATIVE_INFINITY),
)
