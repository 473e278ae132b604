/** The agent that `agent.ts` measures, as docs/pull-sync.md has it: it pulls from a management, and applies. It ends when its input does. */
import { Manager, pullSyncController, syncController } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'

const [kubeconfigPath = '', cacheDir = ''] = process.argv.slice(2)
await using cluster = await kubernetesCluster({ kubeconfigPath })
await using manager = new Manager({
  store: cluster,
  cluster,
  git: gitRepositories({ cacheDir, allowHttp: true }),
  connect: kubeconfigSecrets(),
})
manager.add(syncController(), pullSyncController())
process.stdin.on('end', () => void manager.close()).resume()
await manager.run()
