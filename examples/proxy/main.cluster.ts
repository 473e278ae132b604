/** A management in a cluster, which keeps Syncs in the clusters of its Clusters: their kubeconfigs lie in Secrets. In each of them `examples/controller` applies Syncs. */
import { clusterController, Manager, proxySyncController } from 'fleetkit'
import { kubeconfigSecrets, kubernetesStore } from 'fleetkit/kubernetes'

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
await using store = await kubernetesStore()
await using manager = new Manager({ store, connect: kubeconfigSecrets() })
manager.add(clusterController(), proxySyncController())
await manager.run({ signal: stop.signal })
