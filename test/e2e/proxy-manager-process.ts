/** A management in a process of its own: keeps the Syncs of its ProxySyncs in their clusters, until it is killed. Prints a line once it works. */
import { clusterController, Manager, proxySyncController } from 'fleetkit'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'

const [kubeconfigPath = '', userAgent] = process.argv.slice(2)
const store = await kubernetesCluster({ kubeconfigPath, userAgent })
const manager = new Manager({ store, connect: kubeconfigSecrets({ userAgent }) }).add(clusterController(), proxySyncController())
manager.events.on('manager.started', () => process.stdout.write('started\n'))
await manager.run()
