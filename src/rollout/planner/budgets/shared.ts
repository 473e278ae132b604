import { compileSelector } from '../../../model/compile-selector.ts'
import { limitRule, resolveAmount } from '../../strategy/amount.ts'
import type { TargetView } from '../../target-view.ts'
import { fullText, type Hold, hold } from '../hold.ts'
import type { SharedBudget } from '../input.ts'

/** What is used of the shared budgets. A start takes from all budgets that cover the target, or from none. */
export class SharedBudgets {
  readonly #usages: readonly Usage[]

  /** `targets` is the whole fleet, each target once: percentages are of those that a budget covers. */
  constructor(budgets: readonly SharedBudget[], targets: Iterable<TargetView>) {
    const fleet = [...targets]
    this.#usages = budgets.map((budget) => new Usage(budget, fleet))
  }

  /** Gives back what a target took whose removal begins. */
  release(view: TargetView): void {
    for (const usage of this.#usages) usage.release(view)
  }

  /** Counts a target that is updating already. */
  charge(view: TargetView): void {
    for (const usage of this.#usages) usage.charge(view)
  }

  /** Takes from every budget, or says which one is used up. */
  take(view: TargetView): Hold | undefined {
    const full = this.#usages.find((usage) => usage.isFull(view))
    if (full !== undefined) return full.holdFor(view)
    this.charge(view)
    return undefined
  }
}

/** What is used of one budget, by the values of its label. */
class Usage {
  readonly #budget: SharedBudget
  readonly #selects: (labels: Readonly<Record<string, string>>) => boolean
  readonly #used: Map<string, number> = new Map()
  /** Whose updates use it. */
  readonly #ids: Map<string, Set<string>> = new Map()
  readonly #limits: Map<string, number> = new Map()

  constructor(budget: SharedBudget, fleet: readonly TargetView[]) {
    this.#budget = budget
    this.#selects = compileSelector(budget.selector ?? {})
    const covered = new Map<string, number>()
    for (const view of fleet) {
      const part = this.#part(view)
      if (part !== undefined) covered.set(part, (covered.get(part) ?? 0) + 1)
    }
    for (const [part, count] of covered) this.#limits.set(part, resolveAmount(budget.limit, count, limitRule) ?? 0)
    // Whole numbers are not cut to the fleet: the same target may be updating for several modules.
    if (typeof budget.limit === 'number') for (const part of covered.keys()) this.#limits.set(part, budget.limit)
    if (budget.limit === 'all') for (const part of covered.keys()) this.#limits.set(part, Number.POSITIVE_INFINITY)
  }

  charge(view: TargetView): void {
    this.#add(view, 1)?.add(view.id)
  }

  release(view: TargetView): void {
    this.#add(view, -1)?.delete(view.id)
  }

  #add(view: TargetView, count: number): Set<string> | undefined {
    const part = this.#part(view)
    if (part === undefined) return undefined
    this.#used.set(part, (this.#used.get(part) ?? 0) + count)
    const ids = this.#ids.get(part) ?? new Set()
    this.#ids.set(part, ids)
    return ids
  }

  isFull(view: TargetView): boolean {
    const part = this.#part(view)
    return part !== undefined && (this.#used.get(part) ?? 0) >= (this.#limits.get(part) ?? 0)
  }

  holdFor(view: TargetView): Hold {
    const { id, by } = this.#budget
    const part = this.#part(view) as string
    const name = by === undefined ? id : `${id}/${by}=${part}`
    const ids = [...(this.#ids.get(part) ?? [])].slice(0, 3)
    const message = fullText(`the budget ${name}`, this.#limits.get(part) ?? 0, this.#used.get(part) ?? 0, 'updating', ids)
    return hold('shared-budget', message, [`budget:${name}`])
  }

  #part({ labels = {} }: TargetView): string | undefined {
    if (!this.#selects(labels)) return undefined
    const { by } = this.#budget
    if (by === undefined) return ''
    return Object.hasOwn(labels, by) ? labels[by] : undefined
  }
}
