import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import type { KubeObject } from '../../model/object.ts'

/**
 * Annotation on a Cluster that was made for a ClusterRegistration: the uid of the cluster, from the moment on that the Cluster is there.
 *
 * @category ClusterRegistration
 */
export const registeredUidAnnotation = 'registration.fleetkit.dev/cluster-uid'

/** Which cluster a Cluster is, by the uid of its namespace `kube-system`: as it has shown itself, or as it was registered. */
export function registeredUidOf(cluster: KubeObject): string | undefined {
  return clusterStatusOf(cluster).identity?.uid ?? cluster.metadata.annotations?.[registeredUidAnnotation]
}
