/** One version on the cluster of each context of your kubeconfig that is named: `node main.cluster.ts staging prod`. What was applied is kept in fleet.db. */
import { formatPlan, RemoteSync, SyncRunner } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubeconfigContexts } from 'fleetkit/kubernetes'
import { sqliteStore } from 'fleetkit/sqlite'

await using store = sqliteStore('fleet.db')
await using git = gitRepositories()
await using runner = new SyncRunner({ store, git, connect: kubeconfigContexts() })
const source = { git: { url: 'https://github.com/stefanprodan/podinfo', tag: '6.9.2' } }
for (const name of process.argv.slice(2)) {
  const spec = { cluster: { name }, source, path: './kustomize', targetNamespace: 'default', prune: true, wait: true }
  const plan = await runner.plan(new RemoteSync({ metadata: { name: 'podinfo', namespace: name }, spec }))
  console.log(name, formatPlan(plan))
  await runner.apply(plan, { signal: AbortSignal.timeout(120_000) })
}
