import { takeOver } from '../../manifest/fields/take-over.ts'
import { hasCode } from '../../model/errors/error.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Action } from '../../plan/apply/action.ts'
import { takeOverOptions } from '../../plan/apply/decide-write.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import type { ClusterApi } from '../../ports/cluster.ts'

/** Controllers write too, above all the status: another version than the one that was read is no surprise. */
const attempts = 5

/** Moves the fields of former managers of an object to the Sync, as its plan says, before the object is applied. */
export async function takeOverFields(
  { sync, fieldManager }: ApplyPlan,
  { ref, uid, type, object }: Action,
  { cluster, signal }: { readonly cluster: ClusterApi; readonly signal: AbortSignal },
): Promise<void> {
  const options = takeOverOptions(object as KubeObject, sync, type === 'adopt')
  for (let attempt = 1; ; attempt++) {
    const live = await cluster.get(ref, { signal })
    // Gone, or another one by now: the apply that follows deals with it.
    if (live === undefined || live.metadata.uid !== uid) return
    const taken = takeOver(live, fieldManager, options)
    if (taken === undefined) return
    try {
      await cluster.update({ ...live, metadata: { ...live.metadata, managedFields: taken.managedFields } }, { signal })
      return
    } catch (error) {
      if (!hasCode(error, 'store/conflict') || attempt === attempts) throw error
    }
  }
}
