/**
 * The line to a Kubernetes cluster: everything that it serves as a store, and server-side apply.
 *
 * @module fleetkit/kubernetes
 * @packageDocumentation
 */
import '../../../ports/error-codes.ts'

export { type AddClusterOptions, type AddedCluster, addCluster } from './fleet/add-cluster.ts'
export { type FleetConnectionOptions, kubeconfigContexts, kubeconfigSecrets } from './fleet/connect.ts'
export { kubernetesCluster, kubernetesStore } from './open.ts'
export type { KubernetesOptions, RetryOptions } from './options.ts'
