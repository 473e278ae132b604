/** What runs in a cluster that connects to its management: it applies Syncs, and takes them from there. The kubeconfig of the management lies in the Secret that its Cluster names. */
import { Manager, pullSyncController, syncController } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
await using cluster = await kubernetesCluster()
await using manager = new Manager({ store: cluster, cluster, git: gitRepositories(), connect: kubeconfigSecrets() })
manager.add(syncController(), pullSyncController())
await manager.run({ signal: stop.signal })
