import { parseInventory } from '../../manifest/inventory.ts'
import { isComplete } from '../../manifest/inventory-shards.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { Owner } from '../../model/kinds/owner.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { refOf } from '../../model/reference.ts'
import type { Contents } from '../../plan/apply/contents.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import { planApply } from '../../plan/apply/plan-apply.ts'
import type { AttemptContext } from './context.ts'
import { executePlan } from './execute-plan.ts'
import { readContents } from './plan/read-contents.ts'
import { readLive, withFreshTypes } from './plan/read-live.ts'
import { readLabelled } from './plan/recover-inventory.ts'
import { waitForDeletion } from './wait-for-object.ts'

type RemoveContext = Pick<AttemptContext, 'cluster' | 'clock' | 'events' | 'settled' | 'applyStages' | 'brake' | 'signal'>

/**
 * Deletes the applied objects of an owner. Waits until they are gone when `wait` is set.
 *
 * @throws FleetkitError `sync/partial` with each object that could not be deleted.
 */
export async function removeObjects(owner: Owner, status: SyncStatus, wait: boolean, context: RemoveContext): Promise<void> {
  const plan = await planRemoval(owner, status, context)
  const { remaining, errors } = await executePlan(plan, context)
  if (errors.length > 0) {
    const message = `${errors.length} of ${plan.inventoryBefore.length} objects could not be deleted: ${errors[0]?.message}`
    throw new FleetkitError('sync/partial', message, { ref: owner, errors })
  }
  if (!wait) return
  // Those that an earlier attempt deleted may still be terminating.
  const terminating = plan.prunes.filter(({ reason }) => reason.code === 'terminating')
  await Promise.all([...remaining, ...terminating].map(({ ref, uid }) => waitForDeletion(ref, uid, context)))
}

/** Plans to delete every object of an inventory that still carries the labels of its owner, in reverse order. Without an inventory the labels decide. */
async function planRemoval(owner: Owner, status: SyncStatus, { cluster, applyStages, signal }: RemoveContext): Promise<ApplyPlan> {
  const recorded = parseInventory(status.inventory)
  const lost = status.inventory === undefined || !isComplete(status.inventory)
  const live = lost
    ? await readLabelled(cluster, owner, signal)
    : await withFreshTypes(() => readLive(cluster, { owner, refs: recorded, isApplied: () => true, signal }))
  const recovered = lost ? live.map(refOf) : []
  const plan = (contents?: ReadonlyMap<string, Contents>): ApplyPlan =>
    planApply({
      sync: owner,
      policy: { prune: true, allowEmpty: true, forceConflicts: false },
      revision: status.lastAppliedRevision ?? '',
      desired: [],
      live,
      inventory: [...recorded, ...recovered],
      recovered,
      applyStages,
      contents,
      deleted: true,
    })
  return plan(await readContents(plan(), live, cluster, signal))
}
