import type { ClusterApi } from '../../../ports/cluster.ts'
import type { Store } from '../../../ports/store.ts'
import { KubernetesCluster } from './cluster.ts'
import { connectionOf } from './connection/connection.ts'
import { loadKubeconfig } from './connection/load-kubeconfig.ts'
import { loadHttpClient } from './http/load-http-client.ts'
import { type KubernetesOptions, resolveOptions } from './options.ts'
import { Transport } from './transport.ts'

/**
 * The line to a Kubernetes cluster: everything that it serves as a store, and server-side apply. Reads the kubeconfig,
 * but asks the API server nothing yet. Dispose of it to close its connections and end its watches.
 *
 * Requests share one pool of connections and wait in line for one of `maxConcurrent` slots of this cluster, so a dead
 * cluster holds up its own callers only. A request that failed for a passing cause is tried again, with growing, random
 * delays, if doing it twice is safe.
 *
 * Rejects with `cluster/config` when the kubeconfig cannot be used.
 *
 * @example
 * ```ts
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 *
 * await using cluster = await kubernetesCluster({ context: 'staging' })
 * const [result] = await cluster.apply(
 *   [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'greeting' }, data: { text: 'hello' } }],
 *   { fieldManager: 'example', signal: AbortSignal.timeout(10_000) },
 * )
 * console.log(result !== undefined && 'error' in result ? result.error.message : 'applied')
 * ```
 */
export async function kubernetesCluster(options: KubernetesOptions = {}): Promise<ClusterApi> {
  const resolved = resolveOptions(options)
  const connection = await connectionOf(await loadKubeconfig(options), options, resolved.clock)
  const http = await loadHttpClient(connection, resolved)
  return new KubernetesCluster(new Transport(connection, http, resolved), resolved)
}

/**
 * A store of custom resources in a Kubernetes cluster: {@link kubernetesCluster}, of which only the store is wanted. The
 * definitions of the types must be in the cluster.
 *
 * @example
 * ```ts
 * import { kubernetesStore } from 'fleetkit/kubernetes'
 *
 * await using store = await kubernetesStore({ inCluster: true })
 * const { items } = await store.list({ apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' })
 * ```
 */
export function kubernetesStore(options: KubernetesOptions = {}): Promise<Store> {
  return kubernetesCluster(options)
}
