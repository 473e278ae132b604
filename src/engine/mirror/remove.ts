import { withinTime } from '../../async/time/within-time.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { fieldManagerOf, type Owner, ownerName } from '../../model/kinds/owner.ts'
import { mirrorOwnerAnnotation } from '../../model/mirror/annotations.ts'
import { copyOf } from '../../model/mirror/status.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refOf } from '../../model/reference.ts'
import { released } from '../../plan/mirror/mirrored-object.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import { checkIdentity } from '../cluster/check-identity.ts'
import { holdOf } from '../cluster/hold.ts'
import { dependantsOf } from '../dependencies/dependants.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { type CopyPlace, wantedPlace } from './copy-index.ts'
import type { MirrorEnd } from './end.ts'
import { mirrorKindOf } from './mirror-kind.ts'
import { saveMirrorStatus } from './save-status.ts'

/** How long the cluster and the store may take. */
const removeAtMostMs = 30_000
/** How soon is looked again whether the copy is gone. */
const lookAgainMs = 10_000

/** Removes the copy of an object that is being deleted, or leaves it, and then lets the object go. Its status says why it is still there. */
export async function remove(cached: KubeObject, end: MirrorEnd, context: ReconcileContext): Promise<WorkResult | undefined> {
  const { store, cache, clock } = context
  return context.idle(() =>
    withinTime(removeAtMostMs, 'it did not answer in time', context, async (signal) => {
      const within = { ...context, signal }
      const object = await store.get(refOf(cached), { signal })
      if (object === undefined || object.metadata.uid !== cached.metadata.uid || !end.holds(object)) return undefined
      // What is remembered may be lost, as with a backup of the management: then it is looked for where it was to be.
      const copy = copyOf(object) ?? wantedPlace(object)
      const waits = copy && (await waitsFor(object, copy, within))
      if (waits !== undefined) {
        await saveMirrorStatus(object, {}, { status: 'False', ...waits }, within)
        return { requeueAfterMs: dependantsOf(object, cache, clock.now()).lookAgainMs ?? lookAgainMs }
      }
      await end.release(object, within)
      return undefined
    }),
  )
}

interface Waits {
  readonly reason: string
  readonly message: string
}

/** Does what can be done now. Why the object has to stay; `undefined` when it need not. */
async function waitsFor(object: KubeObject, copy: CopyPlace, context: ReconcileContext): Promise<Waits | undefined> {
  const { cache, clock, signal } = context
  const dependants = dependantsOf(object, cache, clock.now())
  if (dependants.refs.length > 0)
    return { reason: 'DependantsRemain', message: `it is deleted after what depends on it: ${dependants.refs.map(formatRef).join(', ')}` }
  const { namespace } = object.metadata
  const clusterRef = { apiVersion: fleetkitApiVersion, kind: 'Cluster', namespace, name: copy.cluster }
  const cluster = cache.get(clusterRef)
  const orphans = (object.spec as { readonly deletionPolicy?: unknown } | undefined)?.deletionPolicy === 'Orphan'
  // Of a cluster that is gone for good nothing can be said any more.
  if (cluster === undefined && orphans) return undefined
  const hold = holdOf(clusterRef, cluster)
  if (hold !== undefined || cluster === undefined) return hold
  const line = context.clusterOf(clusterRef)
  await checkIdentity(cluster, context)
  const owner = { ...refOf(object), management: await context.management() }
  const { namespace: there, name } = copy
  return release({ ...mirrorKindOf(object).copyType, namespace: there, name }, owner, orphans, line, signal)
}

/** Deletes a copy that is kept by `owner`, or lets go of it. Why that is not done yet; `undefined` when it is. */
export async function release(
  ref: ObjectRef,
  owner: Owner,
  orphans: boolean,
  line: ClusterApi,
  signal: AbortSignal,
): Promise<Waits | undefined> {
  const found = await line.get(ref, { signal })
  if (found === undefined || found.metadata.annotations?.[mirrorOwnerAnnotation] !== ownerName(owner)) return undefined
  if (orphans) {
    await line.update(released(found), { fieldManager: fieldManagerOf(owner), signal })
    return undefined
  }
  const { uid, resourceVersion, deletionTimestamp } = found.metadata
  // As it was looked at: another management may take it over meanwhile.
  if (deletionTimestamp === undefined) await line.delete(ref, { uid, resourceVersion, signal })
  // Without a finalizer it is gone at once.
  if ((await line.get(ref, { signal })) === undefined) return undefined
  return { reason: 'Terminating', message: `the ${ref.kind} is being deleted in its cluster, after what it has applied` }
}
