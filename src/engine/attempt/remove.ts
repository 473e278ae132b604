import { parseInventory } from '../../manifest/inventory.ts'
import { isComplete } from '../../manifest/inventory-shards.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { Owner } from '../../model/kinds/owner.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { refKey, refOf } from '../../model/reference.ts'
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

/** How objects are removed. */
export interface RemoveOptions {
  /** Whether to wait until they are gone. */
  readonly wait: boolean
  /** Whether objects are looked for by their labels too. */
  readonly searches?: boolean | undefined
}

/**
 * Deletes the applied objects of an owner.
 *
 * @throws FleetkitError `sync/partial` with each object that could not be deleted.
 */
export async function removeObjects(
  owner: Owner,
  status: SyncStatus,
  { wait, searches = false }: RemoveOptions,
  context: RemoveContext,
): Promise<void> {
  const plan = await planRemoval(owner, status, searches, context)
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
async function planRemoval(
  owner: Owner,
  status: SyncStatus,
  searches: boolean,
  { cluster, applyStages, signal }: RemoveContext,
): Promise<ApplyPlan> {
  const recorded = parseInventory(status.inventory)
  const lost = status.inventory === undefined || !isComplete(status.inventory) || searches
  const read = await withFreshTypes(() => readLive(cluster, { owner, refs: recorded, isApplied: () => true, signal }))
  const labelled = lost ? await readLabelled(cluster, owner, recorded, signal) : []
  const live = [...new Map([...labelled, ...read].map((object) => [refKey(refOf(object)), object])).values()]
  const known = new Set(recorded.map(refKey))
  const recovered = labelled.map(refOf).filter((ref) => !known.has(refKey(ref)))
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
