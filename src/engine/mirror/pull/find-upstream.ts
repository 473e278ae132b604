import { isInbound } from '../../../model/kinds/cluster/is-inbound.ts'
import { clusterStatusOf } from '../../../model/kinds/cluster/status.ts'
import type { ClusterSpec } from '../../../model/kinds/cluster/types.generated.ts'
import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { TypeRef } from '../../../model/reference.ts'
import type { PullOutcome } from '../../../plan/mirror/next-pull-status.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { listAll } from '../../attempt/list-all.ts'

export const clusterType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'Cluster' }

/** What the management has for this cluster. */
export interface FoundUpstream {
  /** The Cluster that is this one. */
  readonly cluster: KubeObject
  readonly management: string
}

/** Asks the management what it is, and which Cluster of a namespace is this one: the one that connects to it. */
export async function findUpstream(upstream: ClusterApi, namespace: string, signal: AbortSignal): Promise<FoundUpstream | PullOutcome> {
  const clusters = (await listAll(upstream, clusterType, { namespace, signal })).filter(isInbound)
  const [cluster] = clusters
  if (cluster === undefined)
    return failed('NotRegistered', `the management has no Cluster in ${namespace} whose access is inbound (spec.access.inbound)`)
  if (clusters.length > 1) {
    const names = clusters.map(({ metadata }) => metadata.name).sort()
    return failed('NotRegistered', `the management has more than one Cluster in ${namespace} whose access is inbound: ${names.join(', ')}`)
  }
  const { suspend } = (cluster.spec ?? {}) as Partial<ClusterSpec>
  if (suspend === true) return failed('ClusterSuspended', `its Cluster ${cluster.metadata.name} is suspended in the management`)
  const { management } = clusterStatusOf(cluster)
  if (management !== undefined) return { cluster, management }
  return {
    ready: 'Unknown',
    reason: 'Progressing',
    message: `its Cluster ${cluster.metadata.name} does not say yet of which management it is (status.management)`,
  }
}

function failed(reason: string, message: string): PullOutcome {
  return { ready: 'False', reason, message }
}
