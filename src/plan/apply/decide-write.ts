import { diffOwned } from '../../manifest/fields/diff-owned.ts'
import { takeOver } from '../../manifest/fields/take-over.ts'
import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import { fieldManagerOf, isFormerManager } from '../../model/kinds/sync/ownership.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Action } from './action.ts'
import { type Decide, refuse } from './decide.ts'

/** What decides about an object that exists and may be written. */
export interface WriteInput {
  readonly sync: ObjectRef
  readonly forceConflicts: boolean
  /** It is in the inventory, and carries the labels of the Sync. */
  readonly recorded: boolean
  /** The Sync to which it belonged, as `ownerOf` names it, when that one releases it. */
  readonly releasedBy?: string | undefined
  /** Whether the revision to apply is the one in the cluster: what differs has drifted then. */
  readonly sameRevision: boolean
}

/** Decides about an object that exists: from who owns which of its fields, without asking the cluster. */
export function decideWrite(object: KubeObject, live: KubeObject, input: WriteInput, decide: Decide): Action {
  const manager = fieldManagerOf(input.sync)
  const appliedIn = appliedVersion(live, manager)
  const ours = appliedIn !== undefined || input.recorded
  const { changes, conflicts, former } = compareWith(object, live, input.sync, ours)
  if (appliedIn === object.apiVersion && changes.length === 0 && conflicts.length === 0) return decide('skip', 'unchanged', 'unchanged')
  const [type, code, message] = ours ? whyUpdate(changes.length > 0, appliedIn, object, input.sameRevision) : whyAdopt(input.releasedBy)
  const action = { ...decide(type, code, message), changes, conflicts, force: conflicts.length > 0, takeOver: former }
  const contested = contestedBy(conflicts, action).filter(({ manager }) => manager !== releasing(input))
  return contested.length > 0 && !input.forceConflicts ? refuseConflict(action, contested) : action
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
  return { ...refuse(action, 'field-conflict', `${who}; set spec.forceConflicts to take them over`), conflicts, force: false }
}

function whyAdopt(releasedBy: string | undefined): Parameters<Decide> {
  if (releasedBy === undefined) return ['adopt', 'not-owned', 'it exists and belongs to no Sync']
  return ['adopt', 'released', `Sync ${releasedBy} releases it`]
}

/** The field manager of the Sync that releases an object: what it wanted does not count any more. */
function releasing({ releasedBy }: WriteInput): string | undefined {
  const [namespace, name] = releasedBy?.split('/') ?? []
  return name === undefined ? undefined : fieldManagerOf({ apiVersion: '', kind: '', namespace, name })
}

function whyUpdate(differs: boolean, appliedIn: string | undefined, { apiVersion }: KubeObject, sameRevision: boolean): Parameters<Decide> {
  if (!differs && appliedIn === undefined) return ['update', 'drifted', 'its fields are no longer recorded as those of the Sync']
  if (!differs && appliedIn !== apiVersion) return ['update', 'changed', `it was applied as ${appliedIn}`]
  if (sameRevision) return ['update', 'drifted', 'it was changed since this revision was applied']
  return ['update', 'changed', 'differs from the source']
}

/** What applying an object changes, once the fields of former managers are its Sync's. */
function compareWith(object: KubeObject, live: KubeObject, sync: ObjectRef, ours: boolean) {
  const manager = fieldManagerOf(sync)
  const diff = diffOwned(object, live, manager)
  const taken = takeOver(live, manager, { adopting: !ours, isFormer: (name) => isFormerManager(name, sync) })
  if (taken === undefined) return { ...diff, former: [] }
  const owned = { ...live, metadata: { ...live.metadata, managedFields: taken.managedFields } }
  const { changes } = diffOwned(object, owned, manager)
  // Of an object that is ours already only what has to go is worth the write.
  const needed = !ours || changes.length > diff.changes.length
  return needed ? { conflicts: diff.conflicts, changes, former: taken.managers } : { ...diff, former: [] }
}
