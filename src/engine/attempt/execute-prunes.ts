import { mapAtMost } from '../../async/map-at-most.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { ownerName, ownerOf } from '../../model/kinds/owner.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, typeKey } from '../../model/reference.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { Action } from '../../plan/apply/action.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import { readLive, withFreshTypes } from './plan/read-live.ts'
import { resultOf } from './result.ts'
import { type WaitForObjectContext, waitForDeletion } from './wait-for-object.ts'

/** How often an object is looked at again that changes while it is to be deleted: controllers write its status. */
const attempts = 5

/** How many objects are written at once: what a brake cannot hold back any more. Transports have fewer requests under way. */
export const maxWrites = 100

interface PruneContext extends WaitForObjectContext {
  readonly events: EventSink
  readonly brake?: (() => FleetkitError | undefined) | undefined
}

/** What became of the deletions of a plan. */
interface Pruned {
  readonly changed: number
  /** Deletions whose objects are still there: they failed, or finalizers hold the objects. */
  readonly remaining: readonly Action[]
  readonly errors: readonly FleetkitError[]
}

/**
 * Deletes objects of one kind together, kinds one after the other, and nothing on which something depends that is still there. An
 * object is deleted only as the one that was planned, and only while it carries the labels of its owner.
 */
export async function executePrunes(plan: ApplyPlan, context: PruneContext): Promise<Pruned> {
  let changed = 0
  const errors: FleetkitError[] = []
  const failed: Action[] = []
  let remaining: Action[] = []
  const together = (batch: Batch, next: Action): boolean =>
    typeKey(batch[0].ref) === typeKey(next.ref) && !batch.some((action) => dependsOn(action, next))
  const deletions = plan.prunes.filter(({ type }) => type === 'prune')
  for (const batch of batchesOf(deletions, together)) {
    const waited = await resultOf(() => waitForDependents(remaining, failed, batch, context))
    if (waited instanceof FleetkitError) errors.push(waited)
    else remaining = remaining.filter((action) => !waited.includes(action))
    const held = batch.filter((action) => remaining.some((each) => dependsOn(each, action)))
    const pruned = await pruneTogether(
      plan,
      batch.filter((action) => !held.includes(action)),
      context,
    )
    changed += pruned.changed
    for (const error of pruned.errors) errors.push(error)
    for (const action of [...held, ...pruned.failed]) failed.push(action)
    for (const action of [...held, ...pruned.remaining]) remaining.push(action)
  }
  return { changed, remaining, errors }
}

/** Deletes objects of one kind, and looks what is still there of them. */
async function pruneTogether(
  plan: ApplyPlan,
  batch: readonly Action[],
  context: PruneContext,
): Promise<Pruned & { readonly failed: readonly Action[] }> {
  const refs = batch.map(({ ref }) => ref)
  const request = { owner: plan.sync, refs, isApplied: () => true, labelledOnly: true, signal: context.signal }
  // A definition can have been deleted since the plan, and all objects with it.
  const read = () => withFreshTypes(() => readLive(context.cluster, request))
  const found = await resultOf(read)
  if (found instanceof FleetkitError) return { changed: 0, errors: [found], failed: batch, remaining: batch }
  const uids = new Map(found.map((object) => [object.metadata.uid, object]))
  const results = await mapAtMost(batch, maxWrites, (action) => resultOf(() => prune(plan, action, uids.get(action.uid), context)))
  const errors = results.filter((result) => result instanceof FleetkitError)
  const common = {
    changed: results.filter((result) => result === true).length,
    failed: batch.filter((_, index) => results[index] instanceof FleetkitError),
  }
  const left = await resultOf(read)
  // What cannot be read is not known to be gone.
  if (left instanceof FleetkitError) return { ...common, errors: [...errors, left], remaining: batch }
  const present = new Set(left.filter((object) => isOwn(object, plan)).map(({ metadata }) => metadata.uid))
  return { ...common, errors, remaining: batch.filter(({ uid }) => present.has(uid)) }
}

/** Deletes the object as it was looked at, unless it is not its owner's any more. Whether it did. */
async function prune(plan: ApplyPlan, { ref, uid }: Action, found: KubeObject | undefined, context: PruneContext): Promise<boolean> {
  const { cluster, events, signal } = context
  const braked = context.brake?.()
  if (braked !== undefined) throw braked
  let live = found
  for (let attempt = 1; ; attempt++) {
    if (live === undefined || live.metadata.uid !== uid || !isOwn(live, plan)) return false
    const { resourceVersion } = live.metadata
    try {
      await cluster.delete(ref, { uid, resourceVersion, propagation: 'Background', signal })
      break
    } catch (error) {
      // Its definition can be deleted meanwhile, and all objects with it.
      if (hasCode(error, 'store/not-found', 'cluster/unknown-kind')) break
      if (!hasCode(error, 'store/conflict') || attempt === attempts) throw error
    }
    live = await cluster.get(ref, { signal })
  }
  events.emit('sync.pruned', { sync: plan.sync, ref })
  return true
}

function isOwn(object: KubeObject, { sync }: ApplyPlan): boolean {
  return ownerOf(object) === ownerName(sync)
}

/** Waits until those are gone that were deleted, are still there, and depend on the objects to delete now. Returns them. */
async function waitForDependents(
  remaining: readonly Action[],
  failed: readonly Action[],
  batch: readonly Action[],
  context: PruneContext,
): Promise<readonly Action[]> {
  const dependents = remaining.filter((action) => !failed.includes(action) && batch.some((each) => dependsOn(action, each)))
  await Promise.all(dependents.map(({ ref, uid }) => waitForDeletion(ref, uid, context)))
  return dependents
}

function dependsOn(action: Action, { ref }: Action): boolean {
  return (action.dependsOn ?? []).some((each) => refKey(each) === refKey(ref))
}

/** Actions that are carried out at the same time. */
type Batch = readonly [Action, ...Action[]]

/** The actions in their order, those next to each other together that go together. */
export function batchesOf(actions: readonly Action[], together: (batch: Batch, next: Action) => boolean): readonly Batch[] {
  const batches: [Action, ...Action[]][] = []
  for (const action of actions) {
    const last = batches.at(-1)
    if (last !== undefined && together(last, action)) last.push(action)
    else batches.push([action])
  }
  return batches
}
