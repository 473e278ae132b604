/**
 * A management applies one version to three clusters directly, and says what becomes of each: one of them cannot be reached, and holds up no other. It
 * needs no cluster, and takes two real ones with `--kubeconfig`: see `examples/fleet.ts`. `main.cluster.ts` beside it is a script for the contexts of a kubeconfig.
 */
import {
  Cluster,
  clusterController,
  FleetkitError,
  getCondition,
  Manager,
  RemoteSync,
  remoteSyncController,
  type SyncStatus,
} from 'fleetkit'
import { memoryGit, memoryStore } from 'fleetkit/memory'
import { exampleFleet } from '../fleet.ts'

const url = 'https://git.example.com/ingress.git'
const git = memoryGit()
git.tag(
  url,
  'v1',
  git.commit(url, { 'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ingress }\ndata: { workers: "2" }\n' }),
)

await using fleet = exampleFleet(2)
const { clock } = fleet
const reached = ['eu-west-1', 'us-east-1']
for (const name of reached) await fleet.cluster(name)

await using store = memoryStore({ clock })
const access = { kubeConfig: { secretRef: { name: 'kubeconfig' } } }
for (const name of [...reached, 'ap-south-1']) {
  const spec = { cluster: { name }, source: { git: { url, tag: 'v1' } }, prune: true }
  await store.create(new Cluster({ metadata: { name, namespace: name }, spec: { access } }).toObject())
  await store.create(new RemoteSync({ metadata: { name: 'ingress', namespace: name }, spec }).toObject())
}

await using manager = new Manager({
  store,
  git,
  clock,
  connect: async (cluster, options) => {
    if (!reached.includes(cluster.ref.name)) throw new FleetkitError('cluster/unreachable', '10.3.0.1 cannot be reached: ETIMEDOUT')
    return fleet.connect(cluster, options)
  },
})
manager.add(clusterController(), remoteSyncController())
const stop = new AbortController()
const left = new Set(reached)
manager.events.on('sync.finished', ({ sync, revision }) => {
  console.log(`${sync.namespace}: ${revision}`)
  left.delete(sync.namespace ?? '')
})
const running = manager.run({ signal: stop.signal })
await fleet.until(() => left.size === 0)
const { items } = await store.list({ apiVersion: 'fleetkit.dev/v1alpha1', kind: 'RemoteSync' })
for (const { metadata, status } of items) {
  const ready = getCondition((status as SyncStatus | undefined)?.conditions, 'Ready')
  console.log(`${metadata.namespace}: ${ready?.status ?? 'Unknown'}, ${ready?.message ?? 'its cluster has not answered yet'}`)
}
stop.abort()
await running
