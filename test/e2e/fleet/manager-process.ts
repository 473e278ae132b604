/** A management in a process of its own: rolls Modules out over its Clusters, until it is killed. Prints a line once it works. */
import { flushCompileCache } from 'node:module'
import { clusterController, Manager, moduleController, remoteAssemblageController, rolloutController } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubeconfigSecrets, kubernetesStore } from 'fleetkit/kubernetes'

// It ends with the one who has started it.
process.stdin.once('close', () => process.exit()).resume()
const [kubeconfigPath = '', cacheDir = '', limit = ''] = process.argv.slice(2)
const store = await kubernetesStore({ kubeconfigPath })
const manager = new Manager({ store, git: gitRepositories({ cacheDir, allowHttp: true }), connect: kubeconfigSecrets() })
const policy = { budgets: limit === '' ? [] : [{ id: 'fleet', limit: Number(limit) }] }
manager.add(clusterController(), remoteAssemblageController(), moduleController(), rolloutController({ policy: () => policy }))
manager.events.on('manager.started', () => {
  process.stdout.write('started\n')
  // Of what is killed nothing is kept otherwise.
  flushCompileCache()
})
await manager.run()
