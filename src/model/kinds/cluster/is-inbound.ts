import type { KubeObject } from '../../object.ts'
import type { ClusterSpec } from './types.generated.ts'

/** Whether the cluster of a Cluster, as it is stored, connects to the management, and is not connected to. */
export function isInbound(cluster: KubeObject | undefined): boolean {
  const { access } = (cluster?.spec ?? {}) as Partial<ClusterSpec>
  return access?.inbound !== undefined && access.inbound !== null
}
