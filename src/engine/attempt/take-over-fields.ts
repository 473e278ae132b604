import { takeOver } from '../../manifest/fields/take-over.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { managerOf, ownerOf } from '../../model/kinds/sync/ownership.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Action } from '../../plan/apply/action.ts'
import { takeOverOptions } from '../../plan/apply/decide-write.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import type { ClusterApi } from '../../ports/cluster.ts'

/** Controllers write too, above all the status: another version than the one that was read is no surprise. */
const attempts = 5

/**
 * Moves the fields of former managers of an object to the Sync, as its plan says, before the object is applied. Returns the version of the
 * object then, in which it is no other Sync's.
 *
 * @throws FleetkitError `sync/owned` when another Sync has taken the object since it was planned.
 */
export async function takeOverFields(
  { sync, fieldManager }: ApplyPlan,
  { ref, uid, type, reason, object, takeOver: planned }: Action,
  { cluster, signal }: { readonly cluster: ClusterApi; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const options = takeOverOptions(object as KubeObject, sync, type === 'adopt')
  // One that belonged to no Sync and does by now was taken back, although that Sync is among the former managers of its fields.
  const owners = reason.code === 'released' ? [fieldManager, ...planned] : [fieldManager]
  for (let attempt = 1; ; attempt++) {
    const live = await cluster.get(ref, { signal })
    // Gone, or another one by now: the apply that follows deals with it.
    if (live === undefined || live.metadata.uid !== uid) return undefined
    const owner = ownerOf(live)
    if (owner !== undefined && !owners.includes(managerOf(owner)))
      throw new FleetkitError('sync/owned', `it belongs to Sync ${owner} by now`, { ref })
    const taken = takeOver(live, fieldManager, options)
    if (taken === undefined) return live.metadata.resourceVersion
    try {
      const written = await cluster.update({ ...live, metadata: { ...live.metadata, managedFields: taken.managedFields } }, { signal })
      return written.metadata.resourceVersion
    } catch (error) {
      if (!hasCode(error, 'store/conflict') || attempt === attempts) throw error
    }
  }
}
