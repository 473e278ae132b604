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

  /** `targets` is the whole fleet, each target once: percentages are of those that a budget covers. */
  constructor(budgets: readonly SharedBudget[], targets: Iterable<TargetView>) {
    const fleet = [...targets]
    this.#usages = budgets.map((budget) => new Usage(budget, fleet))
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
  readonly #used: Map<string, number> = new Map()
  /** Whose updates use it. */
  readonly #ids: Map<string, Set<string>> = new Map()

  constructor(budget: SharedBudget, fleet: readonly TargetView[]) {
    this.#parts = new BudgetParts(budget, fleet)
  }

  charge(view: TargetView): void {
    const part = this.#parts.of(view.labels)
    if (part === undefined) return
    this.#used.set(part, (this.#used.get(part) ?? 0) + this.#parts.costOf(view))
    this.#idsOf(part).add(view.id)
  }

  #idsOf(part: string): Set<string> {
    return getOrMake(this.#ids, part, () => new Set())
  }

  isFull(view: TargetView): boolean {
    const part = this.#parts.of(view.labels)
    return part !== undefined && !fits(this.#parts.costOf(view), this.#used.get(part) ?? 0, this.#parts.limits.get(part) ?? 0)
  }

  holdFor({ labels }: TargetView): Hold {
    const { id, by, weighted } = this.#parts.budget
    const part = this.#parts.of(labels) as string
    const name = by === undefined ? id : `${id}/${by}=${part}`
    const [ids, limit, used] = [[...this.#idsOf(part)], this.#parts.limits.get(part) ?? 0, this.#used.get(part) ?? 0]
    const message = fullText(`the budget ${name}`, limit, used, 'updating', ids, weighted === true ? ids.length : undefined)
    return hold('shared-budget', message, [`budget:${name}`])
  }
}
