/**
 * A script applies one exact version, and sees first what it would do. It needs no cluster: `main.cluster.ts` beside it
 * is the same on a real one.
 */
import { formatPlan, outcomeOf, Sync, SyncRunner } from 'fleetkit'
import { memoryCluster, memoryGit } from 'fleetkit/memory'

const url = 'https://git.example.com/podinfo.git'
const git = memoryGit()
git.tag(
  url,
  '6.9.2',
  git.commit(url, { 'deploy/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: podinfo }\ndata: { color: "#34577c" }\n' }),
)

await using cluster = memoryCluster()
await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
const runner = new SyncRunner({ cluster, git })
const sync = new Sync({
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: { source: { git: { url, tag: '6.9.2' } }, path: './deploy', prune: true, wait: true, timeout: '2m' },
})
const plan = await runner.plan(sync)
console.log(formatPlan(plan))
if (outcomeOf(plan) === 'refused') process.exitCode = 1
else {
  // Exactly what was shown, or nothing.
  const status = await runner.apply(plan, { signal: AbortSignal.timeout(120_000) })
  console.log(status.conditions?.find(({ type }) => type === 'Ready')?.message)
}
