/**
 * A script applies one exact version, and sees first what it would do. It needs a cluster in the kubeconfig, with the
 * namespace `apps`:
 *
 *     node main.cluster.ts https://github.com/stefanprodan/podinfo 6.9.2 ./kustomize
 */
import { formatPlan, outcomeOf, Sync, SyncRunner } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubernetesCluster } from 'fleetkit/kubernetes'

const [url = 'https://github.com/stefanprodan/podinfo', tag = '6.9.2', path = './kustomize'] = process.argv.slice(2)

await using cluster = await kubernetesCluster()
await using git = gitRepositories({ allowHttp: url.startsWith('http://127.0.0.1') })
const runner = new SyncRunner({ cluster, git })
const sync = new Sync({
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: { source: { git: { url, tag } }, path, prune: true, wait: true, timeout: '2m' },
})
const plan = await runner.plan(sync)
console.log(formatPlan(plan))
if (outcomeOf(plan) === 'refused') process.exitCode = 1
else {
  // Exactly what was shown, or nothing.
  const status = await runner.apply(plan, { signal: AbortSignal.timeout(120_000) })
  console.log(status.conditions?.find(({ type }) => type === 'Ready')?.message)
}
