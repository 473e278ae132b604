import { inventoryOf, parseInventory } from '../../manifest/inventory.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { SyncSpec, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import { planApply } from '../../plan/apply/plan-apply.ts'
import type { AttemptContext } from './attempt.ts'
import { executePlan, gone } from './execute-plan.ts'
import { readLive } from './read-live.ts'

type RemoveContext = Pick<AttemptContext, 'cluster' | 'clock' | 'events' | 'signal'>

/** What deleting a Sync takes: every object of its inventory that still carries its labels, in reverse order. */
export async function planRemoval(sync: ObjectRef, status: SyncStatus, { cluster, signal }: RemoveContext): Promise<ApplyPlan> {
  const inventory = parseInventory(status.inventory)
  const live = await readLive(cluster, sync, inventory, signal)
  return planApply({
    sync,
    policy: { prune: true, allowEmpty: true, forceConflicts: false },
    revision: status.lastAppliedRevision ?? '',
    desired: [],
    live,
    inventory,
    deleted: true,
  })
}

/** Whether the objects of a deleted Sync are deleted, by its deletion policy. */
export function deletesObjects({ deletionPolicy, prune, suspend }: Pick<SyncSpec, 'deletionPolicy' | 'prune' | 'suspend'>): boolean {
  if (suspend || deletionPolicy === 'Orphan') return false
  return deletionPolicy === 'MirrorPrune' ? prune : true
}

/**
 * Deletes the objects of a Sync. Waits until they are gone when that was asked for.
 *
 * @throws FleetkitError `sync/partial` with each object that could not be deleted.
 */
export async function removeObjects(sync: ObjectRef, status: SyncStatus, wait: boolean, context: RemoveContext): Promise<void> {
  const plan = await planRemoval(sync, status, context)
  const { pruneErrors } = await executePlan(plan, { ...context, force: false })
  if (pruneErrors.length > 0) {
    const message = `${pruneErrors.length} of ${inventoryOf(plan.inventoryBefore).entries.length} objects could not be deleted: ${pruneErrors[0]?.message}`
    throw new FleetkitError('sync/partial', message, { ref: sync, errors: pruneErrors })
  }
  if (!wait) return
  // Those that an earlier attempt deleted may still be going.
  const going = plan.prunes.filter(({ type, reason }) => type === 'prune' || reason.code === 'terminating')
  await Promise.all(going.map(({ ref, uid }) => gone(context.cluster, ref, uid, context.clock, context.signal)))
}
