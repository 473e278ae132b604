import { retryOnConflict } from '../../../async/retry-on-conflict.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { jsonCopy } from '../../../model/json/parse-json.ts'
import { clusterStatusOf } from '../../../model/kinds/cluster/status.ts'
import type { ClusterIdentity } from '../../../model/kinds/cluster/types.generated.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import { nextClusterStatus } from '../../../plan/cluster/next-cluster-status.ts'
import type { Store } from '../../../ports/store.ts'
import type { ClusterFacts } from '../../cluster/facts.ts'

/** What a cluster says of itself. */
export interface ClusterReport {
  readonly identity: ClusterIdentity
  readonly facts: ClusterFacts
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Says in the status of its Cluster in the management how this cluster is. Each report has another counter, so that each is news. */
export async function report(
  upstream: Store,
  known: KubeObject,
  { identity, facts, now }: ClusterReport,
  signal: AbortSignal,
): Promise<void> {
  let next: KubeObject | undefined = known
  await retryOnConflict(async () => {
    const cluster = next ?? (await upstream.get(refOf(known), { signal }))
    // Another one comes first.
    next = undefined
    if (cluster === undefined || cluster.metadata.uid !== known.metadata.uid)
      throw new FleetkitError('store/not-found', 'it is gone from the management', { ref: refOf(known) })
    const { generation = 0 } = cluster.metadata
    const status = jsonCopy(nextClusterStatus(clusterStatusOf(cluster), generation, { ready: true, identity, ...facts }, now))
    await upstream.update({ ...cluster, status: status as unknown as JsonObject }, { subresource: 'status', signal })
  })
}
