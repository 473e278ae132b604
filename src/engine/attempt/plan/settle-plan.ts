import { inTurns } from '../../../async/in-turns.ts'
import { isWrittenSince } from '../../../manifest/fields/is-written-since.ts'
import type { SyncSpec } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../../model/reference.ts'
import type { Action } from '../../../plan/apply/action.ts'
import { actionsToConfirm, confirmPlanSteps, type DryRunResult, forceAllowedConflicts } from '../../../plan/apply/confirm-plan.ts'
import { unchanged } from '../../../plan/apply/decide.ts'
import { appliedVersion } from '../../../plan/apply/decide-write.ts'
import { type ApplyPlan, mapStages, mapStagesSteps } from '../../../plan/apply/plan.ts'
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

/** An object that is written all the time is not waited for. */
const maxRounds = 4

/**
 * Lets the cluster judge what a plan was predicted to write: a dry-run says what it changes, if anything, or why it is refused. What the
 * cluster has said before about the same object, in the same form, is not asked again. Where it forbids the dry-run, its schemas decide.
 * An object that others have written since it was read is read and planned once more: what they changed is no change of the plan.
 */
export async function settlePlan(
  { plan, live, decide }: Pick<PlannedSync, 'plan' | 'live' | 'decide'>,
  context: SettleContext,
  { policy, creates }: SettleOptions,
): Promise<Pick<PlannedSync, 'plan' | 'live'>> {
  const current = new Map(live.map((object) => [refKey(refOf(object)), object]))
  const answers = new Map<string, DryRunResult>()
  let settling = await inTurns(skipSettled(plan, current, context.settled))
  for (let round = 1; round <= maxRounds; round += 1) {
    const asked = actionsToConfirm(settling, { creates }).filter(({ ref }) => !answers.has(refKey(ref)))
    for (const answer of await judge(asked, settling, current, context)) answers.set(refKey(answer.ref), answer)
    const moved = await readMoved(asked, answers, current, context)
    const again = moved.length === 0 ? [] : ((await decide?.(moved, [...current.values()])) ?? [])
    const next: ApplyPlan =
      again.length > 0
        ? withActions(settling, again)
        : forceAllowedConflicts(settling, { dryRun: [...answers.values()], live: [...current.values()], policy })
    const changed = changedActions(settling, next)
    settling = next
    if (changed.length === 0) break
    if (round < maxRounds) for (const key of changed) answers.delete(key)
  }
  const found = [...current.values()]
  const confirmed = await inTurns(confirmPlanSteps(settling, { dryRun: [...answers.values()], live: found, policy }))
  for (const { type, certainty, ref, object } of confirmed.stages.flat())
    if (type === 'skip' && certainty === 'confirmed' && object !== undefined)
      context.settled.add(plan.fieldManager, object, current.get(refKey(ref)) as KubeObject)
  return { plan: confirmed, live: found }
}

/** A plan with other actions for some of its objects. */
function withActions(plan: ApplyPlan, others: readonly Action[]): ApplyPlan {
  const actions = new Map(others.map((action) => [refKey(action.ref), action]))
  return mapStages(plan, (action) => actions.get(refKey(action.ref)) ?? action)
}

/** The objects for which two forms of a plan have different actions. */
function changedActions(before: ApplyPlan, after: ApplyPlan): readonly string[] {
  const actions = before.stages.flat()
  return after.stages.flat().flatMap((action, at) => (action === actions[at] ? [] : [refKey(action.ref)]))
}

/** Reads again what others may have written since it was read. Returns which of that they have. */
async function readMoved(
  actions: readonly Action[],
  answers: ReadonlyMap<string, DryRunResult>,
  current: Map<string, KubeObject>,
  { cluster, signal }: SettleContext,
): Promise<readonly ObjectRef[]> {
  const moved: ObjectRef[] = []
  const read = actions.map(async (action) => {
    const key = refKey(action.ref)
    const known = current.get(key)
    if (known === undefined || !mayHaveMoved(action, known, answers.get(key))) return
    const found = await cluster.get(refOf(known), { signal })
    if (found === undefined || isWrittenSince(known, found)) moved.push(action.ref)
    if (found === undefined) current.delete(key)
    else current.set(key, found)
  })
  await Promise.all(read)
  return moved
}

/** Whether a dry-run went by another version of the object: it answers with the version of what it went by, or met a conflict that was not foreseen. */
function mayHaveMoved({ conflicts }: Action, known: KubeObject, answer: DryRunResult | undefined): boolean {
  if (answer === undefined || answer.certainty === 'predicted') return false
  if ('object' in answer) return answer.object.metadata.resourceVersion !== known.metadata.resourceVersion
  const { code, conflicts: met } = answer.error
  return code === 'cluster/field-conflict' && met.some(({ manager }) => conflicts.every((foreseen) => foreseen.manager !== manager))
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
