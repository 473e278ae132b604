import type { SyncSpec } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refKey, refOf } from '../../../model/reference.ts'
import type { Action } from '../../../plan/apply/action.ts'
import { actionsToConfirm, confirmPlan, type DryRunResult, forceAllowedConflicts } from '../../../plan/apply/confirm-plan.ts'
import { unchanged } from '../../../plan/apply/decide.ts'
import { appliedVersion } from '../../../plan/apply/decide-write.ts'
import { type ApplyPlan, mapStages } from '../../../plan/apply/plan.ts'
import type { AttemptContext, PlannedSync } from '../context.ts'
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
 * cluster has said before about the same object, in the same form, is not asked again.
 */
export async function settlePlan(
  { plan, live }: Pick<PlannedSync, 'plan' | 'live'>,
  context: SettleContext,
  { policy, creates }: SettleOptions,
): Promise<ApplyPlan> {
  const current = new Map(live.map((object) => [refKey(refOf(object)), object]))
  const known = skipSettled(plan, current, context.settled)
  const tried = actionsToConfirm(known, { creates })
  const first = await dryRun(tried, known, context)
  const forced = forceAllowedConflicts(known, { dryRun: first, live, policy })
  const asked = new Set(tried)
  const again = actionsToConfirm(forced, { creates }).filter((action) => !asked.has(action))
  const second = await dryRun(again, forced, context)
  const answers = new Map([...first, ...second].map((result) => [refKey(result.ref), result]))
  const confirmed = confirmPlan(forced, { dryRun: [...answers.values()], live, policy })
  for (const { type, certainty, ref, object } of confirmed.stages.flat())
    if (type === 'skip' && certainty === 'confirmed' && object !== undefined)
      context.settled.add(plan.fieldManager, object, current.get(refKey(ref)) as KubeObject)
  return confirmed
}

/** Skips what the cluster has said to change nothing. */
function skipSettled(plan: ApplyPlan, current: ReadonlyMap<string, KubeObject>, settled: SettledCache): ApplyPlan {
  return mapStages(plan, (action) => {
    const found = current.get(refKey(action.ref))
    const candidate = action.type === 'update' || action.refused?.type === 'update'
    if (!candidate || found === undefined || action.object === undefined || action.takeOver.length > 0) return action
    const same = appliedVersion(found, plan.fieldManager) === action.object.apiVersion
    return same && settled.has(plan.fieldManager, action.object, found) ? unchanged(action) : action
  })
}

async function dryRun(
  actions: readonly Action[],
  { fieldManager }: ApplyPlan,
  { cluster, signal }: SettleContext,
): Promise<readonly DryRunResult[]> {
  const objectsOf = (force: boolean): readonly KubeObject[] =>
    actions.filter((action) => action.force === force).flatMap(({ object }) => (object === undefined ? [] : [object]))
  const calls = [true, false].map((force) => ({ force, objects: objectsOf(force) })).filter(({ objects }) => objects.length > 0)
  const results = await Promise.all(
    calls.map(({ force, objects }) => cluster.apply(objects, { fieldManager, force, dryRun: true, signal })),
  )
  return results.flat()
}
