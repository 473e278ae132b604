import { compareText } from '../../model/compare-text.ts'
import { resolveStrategy } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import { layOut } from './assign-stages.ts'
import { Ledger } from './budgets/shared.ts'
import type { SharedBudget, SharedRollout } from './input.ts'
import type { RolloutPlan } from './plan.ts'
import { planWithin } from './plan-rollout.ts'
import { observe } from './snapshot.ts'
import { begin } from './supersede.ts'
import { isOutcome, isSound } from './target-state.ts'
import { Round } from './tick.ts'

/** Rollouts that share budgets. */
export interface SharedRollouts {
  readonly rollouts: readonly SharedRollout[]
  /** Any number of them, one inside the other or across: the fleet, its regions, its customers. */
  readonly budgets: readonly SharedBudget[]
  /** Milliseconds after which a rollout that shared budgets hold up goes before all others. Default one hour. */
  readonly patience?: number | undefined
}

/**
 * Plans many rollouts under budgets that they share. A start takes a place in each of the budgets that cover the target, or in none.
 * Whoever has waited too long goes first, the longest first; then higher priorities, then what began earlier, then by module. The plans
 * come in the order of the rollouts.
 *
 * @example
 * ```ts
 * import { planRollouts, type SharedRollout } from 'fleetkit/rollout'
 *
 * declare const rollouts: readonly SharedRollout[]
 * const plans = planRollouts({ rollouts, budgets: [{ id: 'fleet', limit: 50 }, { id: 'region', limit: '5%', by: 'region' }] })
 * ```
 */
export function planRollouts({ rollouts, budgets, patience = 3_600_000 }: SharedRollouts): readonly RolloutPlan[] {
  const fleet = new Map<string, TargetView>()
  for (const { input } of rollouts) for (const view of input.targets) fleet.set(view.id, view)
  const ledger = new Ledger(budgets, fleet.values())
  for (const rollout of rollouts) for (const view of onTheirWay(rollout)) ledger.charge(view)
  const plans: RolloutPlan[] = new Array(rollouts.length)
  const turns = [...rollouts.entries()].sort(([, a], [, b]) => inTurn(a, b, patience))
  for (const [at, { input, prev }] of turns) plans[at] = planWithin(input, prev, ledger)
  return plans
}

function onTheirWay({ input, prev }: SharedRollout): readonly TargetView[] {
  // What moves goes on updating, whatever is wrong with the rollout by now.
  if (resolveStrategy(input.strategy).errors.length > 0 || !Number.isFinite(input.now)) return input.targets.filter(isAtWork)
  const layout = layOut(input.strategy, input.targets)
  const { slot } = observe(new Round(input, layout, prev ?? begin(input, null).state))
  return layout.views.filter((_, place) => slot[place] === 1)
}

/** Whether it was told a version, and has said neither that it is there nor that it failed. */
function isAtWork(view: TargetView): boolean {
  if (!isSound(view) || view.assigned === null || view.assigned.version === null) return false
  const phase = isOutcome(view) ? view.observed?.phase : undefined
  return phase !== 'ready' && phase !== 'failed'
}

function inTurn(a: SharedRollout, b: SharedRollout, patience: number): number {
  const [x, y] = [starvingSince(a, patience), starvingSince(b, patience)]
  if (x !== y) return x < y ? -1 : 1
  const [began, beganToo] = [a.prev?.startedAt ?? a.input.now, b.prev?.startedAt ?? b.input.now]
  return (b.priority ?? 0) - (a.priority ?? 0) || began - beganToo || compareText(a.input.module.id, b.input.module.id)
}

function starvingSince({ input, prev }: SharedRollout, patience: number): number {
  const since = prev?.waitingSince ?? null
  return since !== null && input.now - since >= patience ? since : Number.POSITIVE_INFINITY
}
