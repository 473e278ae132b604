import { takeOver } from '../../manifest/fields/take-over.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { formatOwner, ownerName, ownerOf } from '../../model/kinds/owner.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Action } from '../../plan/apply/action.ts'
import { takeOverOptions } from '../../plan/apply/decide-write.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import type { ClusterApi } from '../../ports/cluster.ts'

interface TakeContext {
  readonly cluster: ClusterApi
  readonly signal: AbortSignal
}

/**
 * The object that an action is about, as it is now. `undefined` when it is gone, or another one by now.
 *
 * @throws FleetkitError `sync/owned` when another Sync has taken the object since it was planned.
 */
export async function readOwn(
  { sync }: ApplyPlan,
  { ref, uid, releasedBy }: Action,
  { cluster, signal }: TakeContext,
): Promise<KubeObject | undefined> {
  const live = await cluster.get(ref, { signal })
  if (live === undefined || live.metadata.uid !== uid) return undefined
  const owner = ownerOf(live)
  if (owner === undefined || owner === ownerName(sync) || owner === releasedBy) return live
  throw new FleetkitError('sync/owned', `it belongs to ${formatOwner(owner)} by now`, { ref })
}

/**
 * Moves the fields of former managers of an object to the Sync, as its plan says, before the object is applied. Returns the object as it
 * is then.
 *
 * @throws FleetkitError `store/conflict` when the object is no longer as it was read.
 */
export async function takeOverFields(
  { sync, fieldManager }: ApplyPlan,
  { type, object, takeOver: former }: Action,
  live: KubeObject,
  { cluster, signal }: TakeContext,
): Promise<KubeObject> {
  const options = takeOverOptions(object as KubeObject, sync, type === 'adopt')
  const taken = former.length === 0 ? undefined : takeOver(live, fieldManager, options)
  if (taken === undefined) return live
  const owned = { ...live, metadata: { ...live.metadata, managedFields: taken.managedFields } }
  return cluster.update(owned, { signal })
}
