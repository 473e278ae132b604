import { withoutFinalizer } from '../../model/finalizers.ts'
import type { ModuleSpec, ModuleStatus } from '../../model/kinds/module/types.generated.ts'
import type { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import type { KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { isPinned } from '../../plan/fleet/objects/module-view.ts'
import { nextModuleStatus } from '../../plan/fleet/objects/next-module-status.ts'
import type { ModuleProgress } from '../../plan/fleet/planner/plan.ts'
import { updateStatus } from '../object/update-status.ts'
import type { RunContext } from '../runtime/context.ts'
import { moduleFinalizer } from './pin-module.ts'
import { deleteRollout } from './write-rollout.ts'

/** Says in the status of a Module how far its rollout has come, and lets one go that is being deleted once no cluster has anything of it. */
export async function saveModuleStatus(
  object: KubeObject,
  progress: ModuleProgress,
  revisions: readonly ModuleRevision[],
  context: RunContext,
): Promise<void> {
  const { store, clock, signal } = context
  const ref = refOf(object)
  const wanted = revisions.find(({ metadata }) => metadata.name === progress.revision)
  const saved = await updateStatus<ModuleStatus>(
    store,
    ref,
    (status, { metadata }) => {
      if (metadata.uid !== object.metadata.uid) return status as ModuleStatus
      const generation = isPinned({ metadata, status: status as ModuleStatus })
        ? (metadata.generation ?? 0)
        : (status.observedGeneration ?? 0)
      return nextModuleStatus(status, progress, wanted, generation, clock.now())
    },
    { signal },
  )
  if (saved.metadata.deletionTimestamp !== undefined) await letGo(saved, progress, revisions, context)
}

async function letGo(
  object: KubeObject,
  { revision, clusters, done }: ModuleProgress,
  revisions: readonly ModuleRevision[],
  context: RunContext,
): Promise<void> {
  const { store, signal } = context
  const { deletionPolicy = 'Delete' } = (object.spec ?? {}) as Partial<ModuleSpec>
  const isGone = clusters === 0 || (revision === null && done === clusters)
  if (!isGone && deletionPolicy !== 'Orphan') return
  // The clusters keep what they have, and need the revisions for it.
  if (deletionPolicy === 'Orphan') for (const { ref } of revisions) await disown(ref, context)
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
