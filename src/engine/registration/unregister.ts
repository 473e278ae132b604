import { retryOnConflict } from '../../async/retry-on-conflict.ts'
import { hasCode } from '../../model/errors/error.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refOf } from '../../model/reference.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import { listAll } from '../attempt/list-all.ts'
import { deleteIfThere } from './delete-if-there.ts'

/** What a management has for a cluster beside its Cluster. */
const kindsForCluster = ['ProxySync', 'RemoteAssemblage', 'RemoteSync'] as const
/** How often is looked whether what is being deleted is gone. */
const lookEveryMs = 1000

/**
 * What becomes of what a cluster has.
 *
 * @category ClusterRegistration
 */
export interface UnregisterOptions extends CallOptions {
  /**
   * `Delete` waits until the cluster has deleted what it was given. `Orphan` leaves it there and asks the cluster nothing: for one that is gone for good, or is to
   * keep what it has.
   */
  readonly copies: 'Delete' | 'Orphan'
  /** The system clock when absent. */
  readonly clock?: Clock | undefined
}

/**
 * Takes a cluster out of its management: what the management has for it (ProxySyncs, RemoteAssemblages, RemoteSyncs) is deleted, and its Cluster, with the ServiceAccount and
 * the rights of its agent. Its namespace stays. The controllers of these kinds do the work: a manager has to run. Called again it goes on; what is gone is no error.
 *
 * @throws FleetkitError `aborted`: what was begun goes on
 *
 * @example
 * ```ts
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 * import { unregisterCluster } from 'fleetkit/registration'
 *
 * await using store = await kubernetesCluster()
 * await unregisterCluster(store, { namespace: 'shop-17', name: 'shop-17' }, { copies: 'Delete', signal: AbortSignal.timeout(600_000) })
 * ```
 *
 * @category ClusterRegistration
 */
export async function unregisterCluster(
  store: Store,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { copies, clock = systemClock, signal, lease }: UnregisterOptions,
): Promise<void> {
  const call: CallOptions = { signal, lease }
  const cluster: ObjectRef = { apiVersion: fleetkitApiVersion, kind: 'Cluster', namespace, name }
  if (copies === 'Orphan') {
    for (const object of await objectsFor(store, namespace, name, call)) await orphan(refOf(object), store, call)
    await deleteIfThere(cluster, store, call)
  }
  for (;;) {
    const objects = await objectsFor(store, namespace, name, call)
    if (objects.length === 0) break
    for (const { metadata, ...object } of objects)
      if (metadata.deletionTimestamp === undefined) await deleteIfThere(refOf({ ...object, metadata } as KubeObject), store, call)
    await clock.sleep(lookEveryMs, { signal })
  }
  await deleteIfThere(cluster, store, call)
}

async function objectsFor(store: Store, namespace: string, name: string, options: CallOptions): Promise<readonly KubeObject[]> {
  const lists = kindsForCluster.map(async (kind) => {
    try {
      return await listAll(store, { apiVersion: fleetkitApiVersion, kind }, { ...options, namespace })
    } catch (error) {
      if (hasCode(error, 'cluster/unknown-kind')) return []
      throw error
    }
  })
  const isFor = ({ spec }: KubeObject): boolean =>
    (spec as { readonly cluster?: { readonly name?: unknown } } | undefined)?.cluster?.name === name
  return (await Promise.all(lists)).flat().filter(isFor)
}

async function orphan(ref: ObjectRef, store: Store, options: CallOptions): Promise<void> {
  await retryOnConflict(async () => {
    const object = await store.get(ref, options)
    if (object !== undefined) await store.update({ ...object, spec: { ...(object.spec as object), deletionPolicy: 'Orphan' } }, options)
  })
}
