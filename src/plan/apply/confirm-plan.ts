import { diffStored } from '../../manifest/fields/diff-stored.ts'
import type { FleetkitError } from '../../model/errors/error.ts'
import { withoutSubject } from '../../model/errors/without-subject.ts'
import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { Action } from './action.ts'
import { awaitsDefinition, awaitsPlan } from './awaits-plan.ts'
import { refuse, unchanged } from './decide.ts'
import { appliedVersion, contestedBy, refuseConflict } from './decide-write.ts'
import { type ApplyPlan, mapStages } from './plan.ts'
import { replaceAdvice } from './replace-advice.ts'

/**
 * What a dry-run of one action's object said: the object as it would be stored, or why it would not. `certainty` is `confirmed` when absent: the
 * cluster said it. `unpredicted` says why it could not be foreseen what a cluster would say that forbids the dry-run.
 */
export type DryRunResult =
  | { readonly ref: ObjectRef; readonly certainty?: Action['certainty']; readonly object: KubeObject }
  | {
      readonly ref: ObjectRef
      readonly certainty?: Action['certainty']
      readonly error: FleetkitError
      readonly unpredicted?: string | undefined
    }

/**
 * What {@link confirmPlan} decides from.
 */
export interface ConfirmInput {
  readonly dryRun: readonly DryRunResult[]
  readonly live: readonly KubeObject[]
  readonly policy: Pick<SyncSpec, 'force' | 'forceConflicts'>
}

/**
 * The actions of a plan that a dry-run can settle: every write, and every refusal for a conflict, which the cluster may see in
 * another way. `creates` says whether objects that do not exist are tried as well.
 */
export function actionsToConfirm(plan: ApplyPlan, { creates }: { readonly creates: boolean }): readonly Action[] {
  return plan.stages.flat().filter(({ type, reason, certainty }) => {
    if (certainty === 'confirmed') return false
    return (
      type === 'update' || type === 'adopt' || (type === 'create' && creates) || (type === 'refuse' && reason.code === 'field-conflict')
    )
  })
}

/**
 * A plan in which conflicts that a dry-run has met, and that the policy allows to win, are won by force: the dry-run of those actions is to
 * be repeated with it.
 */
export function forceAllowedConflicts(plan: ApplyPlan, { dryRun, policy }: Pick<ConfirmInput, 'dryRun' | 'policy'>): ApplyPlan {
  const errors = new Map(dryRun.map((result) => [refKey(result.ref), 'error' in result ? result.error : undefined]))
  return mapStages(plan, (action) => {
    const error = errors.get(refKey(action.ref))
    if (error?.code !== 'cluster/field-conflict' || action.force) return action
    const allowed = policy.forceConflicts || contestedBy(error.conflicts, intended(action)).length === 0
    return allowed ? { ...intended(action), force: true, conflicts: error.conflicts } : action
  })
}

/**
 * A plan made exact by what the cluster answered to a dry-run of it, or was predicted to answer: updates that change nothing after all are skipped,
 * what the cluster refuses is refused with its words, and what needs a new object is a replacement. What the dry-run
 * could not tell stays as predicted: the caller may not write, or it failed for the moment, or it misses what the plan itself makes.
 */
export function confirmPlan(plan: ApplyPlan, { dryRun, live, policy }: ConfirmInput): ApplyPlan {
  const answers = new Map(dryRun.map((result) => [refKey(result.ref), result]))
  const before = new Map(live.map((object) => [refKey(refOf(object)), object]))
  return mapStages(plan, (action) => {
    const key = refKey(action.ref)
    const answer = answers.get(key)
    if (answer === undefined) return action
    return 'error' in answer ? failed(action, answer, plan, policy) : stored(intended(action), before.get(key), answer, plan)
  })
}

/** What the cluster would store, decides. */
function stored(
  action: Action,
  before: KubeObject | undefined,
  { object: after, certainty = 'confirmed' }: Extract<DryRunResult, { readonly object: KubeObject }>,
  plan: ApplyPlan,
): Action {
  const judged: Action = { ...action, certainty }
  // Fields are taken over before the apply: the dry-run did not see that.
  if (before === undefined || action.takeOver.length > 0) return judged
  const changes = diffStored(before, after)
  const idle = action.type === 'update' && changes.length === 0 && appliedVersion(before, plan.fieldManager) === after.apiVersion
  return idle ? unchanged(action, certainty) : { ...judged, changes }
}

function failed(
  action: Action,
  { error, certainty = 'confirmed', unpredicted }: Extract<DryRunResult, { readonly error: FleetkitError }>,
  plan: ApplyPlan,
  policy: ConfirmInput['policy'],
): Action {
  if (error.code === 'cluster/field-conflict') {
    const { conflicts } = error
    return { ...refuseConflict(intended(action), contestedBy(conflicts, intended(action))), certainty }
  }
  if (error.code === 'cluster/forbidden')
    return unpredicted === undefined ? action : noted(action, `the schema of its type could not be read: ${unpredicted}`)
  const said = withoutSubject(error.message, action.ref)
  // What is predicted is about the object alone.
  const awaits = certainty === 'confirmed' ? awaitsPlan(action, error, plan) : awaitsDefinition(action, plan)
  if (error.retryable || awaits) return noted(action, `a dry-run could not tell: ${said}`)
  const judged: Action = { ...action, certainty }
  if (error.code !== 'cluster/immutable') return refuse(judged, 'invalid', said, error.code)
  const advice = replaceAdvice(action.object as KubeObject, policy.force)
  return advice === undefined
    ? { ...judged, type: 'replace', reason: { code: 'immutable', message: `it has to be recreated: ${said}` } }
    : refuse(judged, 'immutable', `${said}; ${advice}`, error.code)
}

function noted(action: Action, note: string): Action {
  return { ...action, reason: { ...action.reason, message: `${action.reason.message}; ${note}` } }
}

/** The action itself, or what is refused. */
function intended(action: Action): Action {
  return action.refused === undefined ? action : { ...action, ...action.refused, refused: undefined }
}
