import { diffStored } from '../../manifest/fields/diff-stored.ts'
import type { FleetkitError } from '../../model/errors/error.ts'
import { withoutSubject } from '../../model/errors/without-subject.ts'
import { formatOwner } from '../../model/kinds/owner.ts'
import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { atOnce } from '../at-once.ts'
import type { FieldDecision } from '../fields/field-decision.ts'
import { compileFieldRules } from '../fields/field-rules.ts'
import { withLiveValues } from '../fields/keep-fields.ts'
import { newOwnerIn } from '../fields/resolve-conflicts.ts'
import type { Action } from './action.ts'
import { awaitsDefinition, awaitsPlan } from './awaits-plan.ts'
import { refuse, unchanged } from './decide.ts'
import { appliedVersion, refuseConflict, resolveFound } from './decide-write.ts'
import { type ApplyPlan, mapStages, mapStagesSteps } from './plan.ts'
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
  readonly policy: Pick<SyncSpec, 'force' | 'forceConflicts' | 'conflicts'>
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
 * A plan in which the conflicts that a dry-run has met are decided as the rules and the policy say: the dry-run of the actions that are other ones
 * then is to be repeated.
 */
export function forceAllowedConflicts(
  plan: ApplyPlan,
  { dryRun, live = [], policy }: Pick<ConfirmInput, 'dryRun' | 'policy'> & Partial<Pick<ConfirmInput, 'live'>>,
): ApplyPlan {
  const errors = new Map(dryRun.map((result) => [refKey(result.ref), 'error' in result ? result.error : undefined]))
  const before = new Map(live.map((object) => [refKey(refOf(object)), object]))
  const rules = compileFieldRules(policy)
  return mapStages(plan, (action) => {
    const error = errors.get(refKey(action.ref))
    if (error?.code !== 'cluster/field-conflict' || action.force) return action
    const tried = intended(action)
    const { object, decisions, won, refused } = resolveFound(tried, error.conflicts, before.get(refKey(action.ref)), { policy, rules })
    if (refused.length > 0) return action
    return { ...tried, object, force: won.length > 0, conflicts: won, ...withMore(tried.decisions, decisions) }
  })
}

function withMore(before: Action['decisions'], more: readonly FieldDecision[]): Pick<Action, 'decisions'> {
  return more.length === 0 ? {} : { decisions: [...(before ?? []), ...more] }
}

/**
 * A plan made exact by what the cluster answered to a dry-run of it, or was predicted to answer: updates that change nothing after all are skipped,
 * what the cluster refuses is refused with its words, and what needs a new object is a replacement. What the dry-run
 * could not tell stays as predicted: the caller may not write, or it failed for the moment, or it misses what the plan itself makes.
 */
export function confirmPlan(plan: ApplyPlan, input: ConfirmInput): ApplyPlan {
  return atOnce(confirmPlanSteps(plan, input))
}

/** The steps of {@link confirmPlan}, for those who let others have a turn in between. */
export function* confirmPlanSteps(plan: ApplyPlan, { dryRun, live, policy }: ConfirmInput): Generator<number, ApplyPlan> {
  const answers = new Map(dryRun.map((result) => [refKey(result.ref), result]))
  const before = new Map(live.map((object) => [refKey(refOf(object)), object]))
  return yield* mapStagesSteps(plan, (action) => {
    const key = refKey(action.ref)
    const answer = answers.get(key)
    if (answer === undefined) return action
    const found = before.get(key)
    return 'error' in answer ? failed(action, answer, found, plan, policy) : stored(intended(action), found, answer, plan)
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
  before: KubeObject | undefined,
  plan: ApplyPlan,
  policy: ConfirmInput['policy'],
): Action {
  if (error.code === 'cluster/field-conflict') {
    const owner = newOwnerIn(error.conflicts)
    if (owner !== undefined) return { ...refuse(intended(action), 'owned-by-other', `it belongs to ${formatOwner(owner)}`), certainty }
    const { refused } = resolveFound(intended(action), error.conflicts, before, { policy, rules: compileFieldRules(policy) })
    return { ...refuseConflict(intended(action), refused.length > 0 ? refused : error.conflicts), certainty }
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
    ? {
        ...judged,
        ...recreatedAs(action, before),
        type: 'replace',
        reason: { code: 'immutable', message: `it has to be recreated: ${said}` },
      }
    : refuse(judged, 'immutable', `${said}; ${advice}`, error.code)
}

function noted(action: Action, note: string): Action {
  return { ...action, reason: { ...action.reason, message: `${action.reason.message}; ${note}` } }
}

/** What an object is recreated as: with the live values of the fields that were left to others, since there is no one to have them. */
function recreatedAs({ object, decisions = [] }: Action, before: KubeObject | undefined): Pick<Action, 'object'> {
  return { object: object && before ? withLiveValues(object, before, decisions, 'strip') : object }
}

/** The action itself, or what is refused. */
function intended(action: Action): Action {
  return action.refused === undefined ? action : { ...action, ...action.refused, refused: undefined }
}
