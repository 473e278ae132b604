/** A manager of its own process that writes all the time while it leads: `node paused-manager.ts <kubeconfig> <namespace> <holder>`. */
import { setTimeout as pause } from 'node:timers/promises'
import { Manager } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'

const [kubeconfigPath = '', namespace = '', holder = ''] = process.argv.slice(2)
const store = await kubernetesCluster({ kubeconfigPath })
for (let run = 1; ; run++) {
  const manager = new Manager({ store, leaderElection: { namespace, name: 'leader', holder: `${holder}-${run}`, durationMs: 1000 } })
  let term = 0
  manager.events.on('leader.acquired', (event) => {
    term = event.term
  })
  manager.add({
    name: 'writer',
    run: async (context) => {
      for (let count = 0; !context.signal.aborted; count++) {
        await context.store.create({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `write-${term}-${count}`, namespace, labels: { term: String(term) } },
        })
        await pause(2)
      }
    },
  })
  await manager.run().catch(() => {})
}
