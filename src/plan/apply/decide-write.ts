import { diffOwned } from '../../manifest/fields/diff-owned.ts'
import { takeOver } from '../../manifest/fields/take-over.ts'
import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import { formatProblems } from '../../model/errors/problem.ts'
import { fieldManagerOf, formatOwner, isFormerManager, type Owner, ownerOfManager } from '../../model/kinds/owner.ts'
import { applyPolicyOf } from '../../model/kinds/sync/object-policy.ts'
import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'

import { type FieldRules, rulesFor } from '../fields/field-rules.ts'
import { type HeldField, keepFields } from '../fields/keep-fields.ts'
import { type ResolvedConflicts, resolveConflicts } from '../fields/resolve-conflicts.ts'
import type { Action } from './action.ts'
import { type Decide, refuse } from './decide.ts'

/** What decides about an object that exists and may be written. */
export interface WriteInput {
  readonly sync: Owner
  readonly policy: Pick<SyncSpec, 'forceConflicts'>
  readonly rules: FieldRules
  /** The fields that are not corrected for now. */
  readonly held: readonly HeldField[]
  /** It is in the inventory, and carries the labels of the Sync. */
  readonly recorded: boolean
  /** The Sync to which it belonged, as `ownerOf` names it, when that one releases it. */
  readonly releasedBy?: string | undefined
  /** Whether the revision to apply is the one in the cluster: what differs has drifted then. */
  readonly sameRevision: boolean
}

/** Decides about an object that exists: from who owns which of its fields, without asking the cluster. */
export function decideWrite(desired: KubeObject, live: KubeObject, input: WriteInput, decide: (object: KubeObject) => Decide): Action {
  const manager = fieldManagerOf(input.sync)
  const appliedIn = appliedVersion(live, manager)
  // What another Sync releases is adopted, also where a hand-over before did not come to its end.
  const ours = input.releasedBy === undefined && (appliedIn !== undefined || input.recorded)
  const rules = rulesFor(input.rules, desired)
  const kept = keepFields(desired, live, {
    sync: input.sync,
    manager,
    rules: rules.ignore,
    held: input.sameRevision ? input.held : [],
    isFormer: takeOverOptions(desired, input.sync, !ours).isFormer,
  })
  if (kept.problems.length > 0) return decide(desired)('refuse', 'field-rule', formatProblems(kept.problems))
  const found = compareWith(kept.object, live, input.sync, ours)
  const type = ours ? 'update' : 'adopt'
  const foreign = found.conflicts.filter(({ manager }) => !isLeftover(manager, input))
  const resolved = resolveConflicts(kept.object, live, foreign, {
    rules: rules.conflicts,
    forced: (conflict) => isForced(conflict, desired, { type }, input.policy),
  })
  const { object } = resolved
  const { changes, conflicts, former } = object === kept.object ? found : compareWith(object, live, input.sync, ours)
  const decisions = [...kept.decisions, ...resolved.decisions]
  const withDecisions = (action: Action): Action => ({
    ...action,
    ...(decisions.length === 0 ? {} : { decisions }),
    ...(kept.ignored.length === 0 ? {} : { ignored: kept.ignored }),
  })
  if (appliedIn === object.apiVersion && changes.length === 0 && conflicts.length === 0 && former.length === 0)
    return withDecisions(decide(object)('skip', 'unchanged', 'unchanged'))
  const [chosen, code, message] = ours
    ? whyUpdate(changes.length > 0, appliedIn, object, input.sameRevision, former)
    : whyAdopt(input.releasedBy)
  const action = withDecisions({
    ...decide(object)(chosen, code, message),
    changes,
    conflicts,
    force: conflicts.length > 0,
    takeOver: former,
    ...(input.releasedBy === undefined ? {} : { releasedBy: input.releasedBy }),
  })
  return resolved.refused.length > 0 ? refuseConflict(action, resolved.refused) : action
}

/** Decides the conflicts that the cluster itself found when it was asked to apply an object. */
export function resolveFound(
  action: Action,
  conflicts: readonly FieldConflict[],
  live: KubeObject | undefined,
  { policy, rules }: { readonly policy: Pick<SyncSpec, 'forceConflicts'>; readonly rules: FieldRules },
): ResolvedConflicts & { readonly object: KubeObject } {
  const object = action.object as KubeObject
  const forced = (conflict: FieldConflict): boolean => isForced(conflict, object, action, policy)
  return resolveConflicts(object, live ?? object, conflicts, { rules: rulesFor(rules, object).conflicts, forced })
}

/** Whether a conflict that no rule is about is won by force. */
function isForced(
  conflict: FieldConflict,
  object: KubeObject,
  action: Pick<Action, 'type'>,
  { forceConflicts }: Pick<SyncSpec, 'forceConflicts'>,
): boolean {
  const policy = applyPolicyOf(object)
  return forceConflicts || policy === 'Override' || policy === 'Merge' || contestedBy([conflict], action).length === 0
}

/** The API version in which a manager applied an object last; `undefined` when it never did. */
export function appliedVersion(live: KubeObject, manager: string): string | undefined {
  return (live.metadata.managedFields ?? []).find((entry) => entry.manager === manager && entry.operation === 'Apply')?.apiVersion
}

/** The conflicts that the owner of an object does not just win: over fields that another manager applies, and over every field of an object that is adopted. */
export function contestedBy(conflicts: readonly FieldConflict[], { type }: Pick<Action, 'type'>): readonly FieldConflict[] {
  return conflicts.filter(({ operation }) => operation === 'Apply' || type !== 'update')
}

/** A write that would take fields from other managers, which `spec.forceConflicts` does not allow. */
export function refuseConflict(action: Action, conflicts: readonly FieldConflict[]): Action {
  const who = conflicts.map((conflict) => `${conflict.manager} owns ${conflict.fields.join(', ')}`).join('; ')
  return {
    ...refuse(action, 'field-conflict', `${who}; set spec.forceConflicts to take them over, or decide field by field in spec.conflicts`),
    conflicts,
    force: false,
  }
}

function whyAdopt(releasedBy: string | undefined): Parameters<Decide> {
  if (releasedBy === undefined) return ['adopt', 'not-owned', 'it exists and belongs to no Sync']
  return ['adopt', 'released', `${formatOwner(releasedBy)} releases it`]
}

/**
 * Whether what a manager wanted of an object does not count any more: that of any other Sync while the object carries our labels, or
 * those of a Sync that releases it. It has fields of it only by a hand-over that did not come to its end.
 */
function isLeftover(manager: string, { releasedBy, recorded }: WriteInput): boolean {
  return (releasedBy !== undefined || recorded) && ownerOfManager(manager) !== undefined
}

function whyUpdate(
  differs: boolean,
  appliedIn: string | undefined,
  { apiVersion }: KubeObject,
  sameRevision: boolean,
  former: readonly string[],
): Parameters<Decide> {
  if (!differs && appliedIn === undefined) return ['update', 'drifted', 'its fields are no longer recorded as those of the Sync']
  if (!differs && appliedIn !== apiVersion) return ['update', 'changed', `it was applied as ${appliedIn}`]
  if (!differs && former.length > 0) return ['update', 'changed', `${former.join(', ')} owns fields of it`]
  if (sameRevision) return ['update', 'drifted', 'it was changed since this revision was applied']
  return ['update', 'changed', 'differs from the source']
}

/** Which fields of former managers become those of the Sync: all of an object that is adopted, or is to be as in the source. */
export function takeOverOptions(object: KubeObject, sync: Owner, adopting: boolean): Parameters<typeof takeOver>[2] {
  const policy = applyPolicyOf(object)
  const isFormer = (name: string): boolean => policy !== 'Merge' && isFormerManager(name, sync)
  return { adopting: adopting || policy === 'Override', isFormer }
}

/** What applying an object changes, once the fields of former managers are its Sync's. */
function compareWith(object: KubeObject, live: KubeObject, sync: Owner, ours: boolean) {
  const manager = fieldManagerOf(sync)
  const diff = diffOwned(object, live, manager)
  const options = takeOverOptions(object, sync, !ours)
  const taken = takeOver(live, manager, options)
  if (taken === undefined) return { ...diff, former: [] }
  const owned = { ...live, metadata: { ...live.metadata, managedFields: taken.managedFields } }
  const { changes } = diffOwned(object, owned, manager)
  // Of an object that is ours already only what has to go is worth the write, unless it is to be as in the source whatever others do.
  const needed = options.adopting || changes.length > diff.changes.length
  return needed ? { conflicts: diff.conflicts, changes, former: taken.managers } : { ...diff, former: [] }
}
