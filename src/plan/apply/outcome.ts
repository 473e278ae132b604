import { type ApplyPlan, actionsOf, hasChanges } from './plan.ts'

/**
 * What carrying out a plan comes to.
 *
 * - `nothing`: the cluster matches the source.
 * - `changes`: everything can be done.
 * - `partial`: some of it will be done, and something is refused.
 * - `refused`: something should be done, and nothing will be.
 *
 * @category Plans
 */
export type PlanOutcome = 'nothing' | 'changes' | 'partial' | 'refused'

/**
 * What carrying out a plan comes to, for scripts to exit by. A refusal of one object counts like one of the whole.
 *
 * @example
 * ```ts
 * import { type ApplyPlan, outcomeOf } from 'fleetkit'
 *
 * declare const plan: ApplyPlan
 * const codes = { nothing: 0, changes: 2, partial: 1, refused: 1 }
 * process.exitCode = codes[outcomeOf(plan)]
 * ```
 *
 * @category Plans
 */
export function outcomeOf(plan: ApplyPlan): PlanOutcome {
  const refused = plan.refusals.length > 0 || actionsOf(plan).some(({ type }) => type === 'refuse')
  if (!refused) return hasChanges(plan) ? 'changes' : 'nothing'
  return plan.refusals.length > 0 || plan.partial === 'never' || !writesBeforeRefusal(plan) ? 'refused' : 'partial'
}

/** Whether a stage writes anything before, or beside, what is refused: no later stage is begun then, and nothing is pruned. */
function writesBeforeRefusal({ stages }: ApplyPlan): boolean {
  const last = stages.findIndex((stage) => stage.some(({ type }) => type === 'refuse'))
  return stages.slice(0, last + 1).some((stage) => stage.some(({ type }) => type !== 'refuse' && type !== 'skip'))
}
