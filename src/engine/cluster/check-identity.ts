import { FleetkitError } from '../../model/errors/error.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import { systemRef } from '../../model/kinds/cluster/system-namespace.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, refOf } from '../../model/reference.ts'
import type { ClusterApi } from '../../ports/cluster.ts'

/**
 * Asks a cluster whether it is the one that its Cluster remembers: since the last look the line may lead elsewhere.
 *
 * @throws FleetkitError `sync/cluster` when it is another one.
 */
export async function checkIdentity(cluster: ClusterApi, object: KubeObject, signal: AbortSignal): Promise<void> {
  const remembered = clusterStatusOf(object).identity?.uid
  const found = await cluster.get(systemRef, { signal })
  if (remembered === undefined || found?.metadata.uid === remembered) return
  const message = `${formatRef(refOf(object))} leads to another cluster, ${found?.metadata.uid}, than the one that it was, ${remembered}`
  throw new FleetkitError('sync/cluster', message, { ref: refOf(object) })
}
