/**
 * Other managers of a field: an autoscaler keeps its replicas, an edit with kubectl is shown with its author and taken back, and a
 * tuner that writes one field again and again is left alone after a while, and named.
 */
import assert from 'node:assert/strict'
import { formatPlan, getCondition, type KubeObject, Sync, SyncRunner } from 'fleetkit'
import { memoryCluster, memoryGit } from 'fleetkit/memory'
import { formatEvent } from 'fleetkit/views'

const url = 'https://git.example.com/shop.git'
const git = memoryGit()
const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  minReadySeconds: 5
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'registry.example.com/web:1.0.0' }] }
`
git.tag(url, 'v1', git.commit(url, { 'web.yaml': manifest }))

await using cluster = memoryCluster()
await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
const runner = new SyncRunner({ cluster, git })
runner.events.on('*', (event) => {
  if (event.type === 'sync.drift' || event.type === 'sync.contention') console.log(formatEvent(event))
})
const sync = new Sync({
  metadata: { name: 'shop', namespace: 'shop' },
  spec: { source: { git: { url, tag: 'v1' } }, prune: true, ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] },
})
await runner.run(sync)

type Spec = { readonly replicas: number; readonly minReadySeconds: number; readonly paused?: boolean }
const web = async (): Promise<KubeObject & { readonly spec: Spec }> =>
  (await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' })) as KubeObject & { readonly spec: Spec }
async function edit(fieldManager: string, change: Partial<Spec>): Promise<void> {
  const object = await web()
  await cluster.update({ ...object, spec: { ...object.spec, ...change } }, { fieldManager })
}

// The autoscaler keeps what it writes; the edit is drift.
await edit('autoscaler', { replicas: 7 })
await edit('kubectl-edit', { minReadySeconds: 1 })
const plan = await runner.plan(sync)
console.log(formatPlan(plan))
const [action] = plan.stages.flat()
assert.deepEqual(
  action?.changes.map(({ path, author }) => [path, author?.manager]),
  [['.spec.minReadySeconds', 'kubectl-edit']],
)
assert.deepEqual(
  action?.decisions?.map(({ path, action: done }) => [path, done]),
  [['.spec.replicas', 'adopt']],
)
await runner.run(sync)
const { replicas, minReadySeconds } = (await web()).spec
assert.deepEqual({ replicas, minReadySeconds }, { replicas: 7, minReadySeconds: 5 })

// Another controller insists.
for (let count = 0; count < 5; count++) {
  await edit('tuner', { minReadySeconds: 30 })
  await runner.run(sync)
}
const status = await runner.status(sync)
console.log(getCondition(status.conditions, 'Contention')?.message)
await edit('tuner', { minReadySeconds: 30 })
await runner.run(sync)
assert.equal((await web()).spec.minReadySeconds, 30)
