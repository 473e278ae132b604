import { sortTexts } from '../../../model/compare-text.ts'
import { compileSelector } from '../../../model/compile-selector.ts'
import { getOrMake } from '../../get-or-make.ts'
import type { Amount } from '../../strategy/amount.ts'
import { capacityOf, fits, weightOf } from '../../strategy/capacity.ts'
import { labelOf, type TargetView } from '../../target-view.ts'
import { fullText, type Hold, hold } from '../hold.ts'
import type { SharedBudget } from '../input.ts'

/** What is used of the shared budgets. A start takes from all budgets that cover the target, or from none. */
export class SharedBudgets {
  readonly #usages: readonly Usage[]
  #refusals: Map<PartUsage, number> = new Map()

  /** `targets` is the whole fleet, each target once: percentages are of those that a budget covers. */
  constructor(budgets: readonly SharedBudget[], targets: Iterable<TargetView>) {
    const fleet = [...targets]
    this.#usages = budgets.map((budget) => new Usage(budget, fleet))
  }

  /** Counts a target that is updating already. */
  charge(view: TargetView): void {
    for (const usage of this.#usages) usage.charge(view)
  }

  /** Takes back what was counted for a target. */
  release(view: TargetView): void {
    for (const usage of this.#usages) usage.release(view)
  }

  /** Takes from every budget, or says which one is used up. */
  take(view: TargetView): Hold | undefined {
    const full = this.#usages.find((usage) => usage.isFull(view))
    if (full !== undefined) return full.refuse(view, this.#refusals)
    this.charge(view)
    return undefined
  }

  /** The budget that would refuse a target now, in its present words. */
  holdOf(view: TargetView): Hold | undefined {
    return this.#usages.find((usage) => usage.isFull(view))?.holdFor(view)
  }

  /** What has refused a target since the last call, and how much of it was used. */
  refusals(): Refusals {
    const refusals = this.#refusals
    this.#refusals = new Map()
    return refusals
  }
}

/** Parts of budgets that have refused a target, with how much of each was used. */
export type Refusals = ReadonlyMap<PartUsage, number>

/** Whether one of the parts that have refused a target has more room now. */
export function isLooser(refusals: Refusals): boolean {
  for (const [part, used] of refusals) if (part.used < used) return true
  return false
}

/** The parts of a budget, one for each value of its label: which one a target is in, and how much each has. */
export class BudgetParts {
  readonly budget: SharedBudget
  readonly limits: ReadonlyMap<string, number>
  readonly #selects: (labels: Readonly<Record<string, string>>) => boolean

  constructor(budget: SharedBudget, fleet: Iterable<TargetView>) {
    this.budget = budget
    this.#selects = compileSelector(budget.selector ?? {})
    const covered = new Map<string, number>()
    for (const view of fleet) {
      const part = this.of(view.labels)
      if (part !== undefined) covered.set(part, (covered.get(part) ?? 0) + this.costOf(view))
    }
    this.limits = new Map([...covered].map(([part, total]) => [part, limitOf(budget.limit, total, budget.weighted === true)]))
  }

  /** What a target counts for. */
  costOf(view: TargetView): number {
    return this.budget.weighted === true ? weightOf(view) : 1
  }

  /** The part that a target with `labels` takes from; `''` where there is only one. */
  of(labels: Readonly<Record<string, string>> = {}): string | undefined {
    if (!this.#selects(labels)) return undefined
    const { by } = this.budget
    if (by === undefined) return ''
    return labelOf(labels, by)
  }
}

/** Whole numbers are not cut to the fleet: the same target may be updating for several modules. */
function limitOf(limit: Amount, covered: number, weighted: boolean): number {
  if (limit === 'all') return Number.POSITIVE_INFINITY
  return typeof limit === 'number' ? limit : capacityOf(limit, covered, weighted)
}

/** What is used of one budget, by its parts. */
class Usage {
  readonly #parts: BudgetParts
  readonly #used: Map<string, PartUsage> = new Map()

  constructor(budget: SharedBudget, fleet: readonly TargetView[]) {
    this.#parts = new BudgetParts(budget, fleet)
  }

  charge(view: TargetView): void {
    this.#count(view, 1)
  }

  release(view: TargetView): void {
    this.#count(view, -1)
  }

  #count(view: TargetView, times: number): void {
    const part = this.#parts.of(view.labels)
    if (part === undefined) return
    const usage = this.#of(part)
    usage.used += times * this.#parts.costOf(view)
    usage.hold = undefined
    const count = (usage.counts.get(view.id) ?? 0) + times
    if (count === 0) usage.counts.delete(view.id)
    else usage.counts.set(view.id, count)
  }

  #of(part: string): PartUsage {
    return getOrMake(this.#used, part, () => ({ used: 0, counts: new Map(), hold: undefined }))
  }

  isFull(view: TargetView): boolean {
    const part = this.#parts.of(view.labels)
    return part !== undefined && !fits(this.#parts.costOf(view), this.#of(part).used, this.#parts.limits.get(part) ?? 0)
  }

  refuse(view: TargetView, refusals: Map<PartUsage, number>): Hold {
    const usage = this.#of(this.#parts.of(view.labels) as string)
    refusals.set(usage, usage.used)
    return this.holdFor(view)
  }

  holdFor({ labels }: TargetView): Hold {
    const part = this.#parts.of(labels) as string
    const usage = this.#of(part)
    usage.hold ??= this.#hold(part, usage)
    return usage.hold
  }

  #hold(part: string, { used, counts }: PartUsage): Hold {
    const { id, by, weighted } = this.#parts.budget
    const name = by === undefined ? id : `${id}/${by}=${part}`
    const ids = sortTexts([...counts.keys()])
    const limit = this.#parts.limits.get(part) ?? 0
    const message = fullText(`the budget ${name}`, limit, used, 'updating', ids, weighted === true ? ids.length : undefined)
    return hold('shared-budget', message, [`budget:${name}`])
  }
}

/** What is used of one part of a budget. */
export interface PartUsage {
  used: number
  /** By target, how many updates of it use it: of several rollouts, more than one. */
  readonly counts: Map<string, number>
  /** What holds the others, as long as nothing changes. */
  hold: Hold | undefined
}
