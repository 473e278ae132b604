import { inTurns } from '../../../async/in-turns.ts'
import type { SyncSpec } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refKey, refOf } from '../../../model/reference.ts'
import type { Action } from '../../../plan/apply/action.ts'
import { actionsToConfirm, confirmPlanSteps, type DryRunResult, forceAllowedConflicts } from '../../../plan/apply/confirm-plan.ts'
import { unchanged } from '../../../plan/apply/decide.ts'
import { appliedVersion } from '../../../plan/apply/decide-write.ts'
import { type ApplyPlan, mapStagesSteps } from '../../../plan/apply/plan.ts'
import type { AttemptContext, PlannedSync } from '../context.ts'
import { dryRun, isForbidden } from './dry-run.ts'
import { predict } from './predict.ts'
import type { SettledCache } from './settled-cache.ts'

/** How a plan is settled. */
export interface SettleOptions {
  readonly policy: Pick<SyncSpec, 'force' | 'forceConflicts' | 'conflicts'>
  /** Whether objects that do not exist are tried too. Not before an apply, which says it as well. */
  readonly creates: boolean
}

type SettleContext = Pick<AttemptContext, 'cluster' | 'settled' | 'signal'>

/**
 * Lets the cluster judge what a plan was predicted to write: a dry-run says what it changes, if anything, or why it is refused. What the
 * cluster has said before about the same object, in the same form, is not asked again. Where it forbids the dry-run, its schemas decide.
 */
export async function settlePlan(
  { plan, live }: Pick<PlannedSync, 'plan' | 'live'>,
  context: SettleContext,
  { policy, creates }: SettleOptions,
): Promise<ApplyPlan> {
  const current = new Map(live.map((object) => [refKey(refOf(object)), object]))
  const known = await inTurns(skipSettled(plan, current, context.settled))
  const tried = actionsToConfirm(known, { creates })
  const first = await judge(tried, known, current, context)
  const forced = forceAllowedConflicts(known, { dryRun: first, live, policy })
  const asked = new Set(tried)
  const again = actionsToConfirm(forced, { creates }).filter((action) => !asked.has(action))
  const second = await judge(again, forced, current, context)
  const answers = new Map([...first, ...second].map((result) => [refKey(result.ref), result]))
  const confirmed = await inTurns(confirmPlanSteps(forced, { dryRun: [...answers.values()], live, policy }))
  for (const { type, certainty, ref, object } of confirmed.stages.flat())
    if (type === 'skip' && certainty === 'confirmed' && object !== undefined)
      context.settled.add(plan.fieldManager, object, current.get(refKey(ref)) as KubeObject)
  return confirmed
}

/** Skips what the cluster has said to change nothing. */
function skipSettled(plan: ApplyPlan, current: ReadonlyMap<string, KubeObject>, settled: SettledCache): Generator<number, ApplyPlan> {
  return mapStagesSteps(plan, (action) => {
    const found = current.get(refKey(action.ref))
    const candidate = action.type === 'update' || action.refused?.type === 'update'
    if (!candidate || found === undefined || action.object === undefined || action.takeOver.length > 0) return action
    const same = appliedVersion(found, plan.fieldManager) === action.object.apiVersion
    return same && settled.has(plan.fieldManager, action.object, found) ? unchanged(action) : action
  })
}

/** What the cluster says to a dry-run, or, where it forbids that, would say. */
async function judge(
  actions: readonly Action[],
  plan: ApplyPlan,
  live: ReadonlyMap<string, KubeObject>,
  { cluster, signal }: SettleContext,
): Promise<readonly DryRunResult[]> {
  const answers = await dryRun(actions, plan, { live, cluster, signal })
  const refused = new Map(answers.flatMap((answer) => (isForbidden(answer) ? [[refKey(answer.ref), answer] as const] : [])))
  const forbidden = actions.flatMap((action) => {
    const answer = refused.get(refKey(action.ref))
    return answer === undefined ? [] : [[action, answer] as const]
  })
  const predicted = await predict(forbidden, plan, { live, cluster, signal })
  return [...answers.filter((answer) => !isForbidden(answer)), ...predicted]
}
