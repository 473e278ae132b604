import { withoutFinalizer } from '../../../model/finalizers.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import type { ModuleSpec, ModuleStatus } from '../../../model/kinds/module/types.generated.ts'
import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import { isPinned } from '../../../plan/fleet/objects/module-view.ts'
import { nextModuleStatus } from '../../../plan/fleet/objects/next-module-status.ts'
import type { ModuleProgress } from '../../../plan/fleet/planner/plan.ts'
import { updateStatus } from '../../object/update-status.ts'
import type { RunContext } from '../../runtime/context.ts'
import { moduleFinalizer } from '../pin-module.ts'
import { deleteRollout } from './write-rollout.ts'

/** What is known of the rollout of a Module. */
export interface PlannedModule {
  readonly progress: ModuleProgress
  /** Its own, by name. */
  readonly revisions: ReadonlyMap<string, ModuleRevision>
  /** The generation that is planned. */
  readonly generation: number | undefined
}

/** Says in the status of a Module how far its rollout has come, and lets one go that is being deleted once no cluster has anything of it. */
export async function saveModuleStatus(
  object: KubeObject,
  { progress, revisions, generation: planned }: PlannedModule,
  context: RunContext,
): Promise<void> {
  const { store, clock, signal } = context
  const wanted = progress.revision === null ? undefined : revisions.get(progress.revision)
  const next = (status: Partial<ModuleStatus>, { metadata }: KubeObject): ModuleStatus => {
    if (metadata.uid !== object.metadata.uid) return status as ModuleStatus
    // What is planned may be the Module of before: then it says nothing of the present generation.
    const isPlanned = metadata.generation === planned && (progress.revision === null || progress.revision === status.revision)
    const isOfNow = isPlanned && isPinned({ metadata, status: status as ModuleStatus })
    const generation = isOfNow ? metadata.generation : status.observedGeneration
    return nextModuleStatus(status, progress, wanted, generation ?? 0, clock.now())
  }
  // Most changes of a Module are of its status, which this has written.
  const seen = (object.status ?? {}) as Partial<ModuleStatus>
  const isSaid = jsonEqual(next(seen, object), seen)
  const saved = isSaid ? object : await updateStatus<ModuleStatus>(store, refOf(object), next, { signal })
  if (saved.metadata.deletionTimestamp !== undefined) await letGo(saved, progress, revisions, context)
}

async function letGo(
  object: KubeObject,
  { revision, clusters, done }: ModuleProgress,
  revisions: ReadonlyMap<string, ModuleRevision>,
  context: RunContext,
): Promise<void> {
  const { store, signal } = context
  const { deletionPolicy = 'Delete' } = (object.spec ?? {}) as Partial<ModuleSpec>
  const isGone = clusters === 0 || (revision === null && done === clusters)
  if (!isGone && deletionPolicy !== 'Orphan') return
  // The clusters keep what they have, and need the revisions for it.
  if (deletionPolicy === 'Orphan') for (const { ref } of revisions.values()) await disown(ref, context)
  await deleteRollout(object.metadata.namespace ?? 'default', object.metadata.name, context)
  const free = withoutFinalizer(object, moduleFinalizer)
  if (free !== object) await store.update(free, { signal })
}

async function disown(ref: ModuleRevision['ref'], { store, signal }: RunContext): Promise<void> {
  const object = await store.get(ref, { signal })
  if (object?.metadata.ownerReferences === undefined) return
  const { ownerReferences: _, ...metadata } = object.metadata
  await store.update({ ...object, metadata }, { signal })
}
