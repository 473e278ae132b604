/**
 * A management keeps a Sync in a cluster, where a manager applies it. A new version comes while the management is away; when it is back, it writes that version
 * and shows what becomes of it. It needs no cluster, and takes a real one with `--kubeconfig`: see
 * `examples/fleet.ts`. `main.cluster.ts` beside it is the management with kubeconfigs in Secrets.
 */
import { Cluster, clusterController, Manager, ProxySync, type ProxySyncStatus, proxySyncController, syncController } from 'fleetkit'
import { syncKind } from 'fleetkit/kinds'
import { memoryGit, memoryStore } from 'fleetkit/memory'
import { exampleFleet } from '../fleet.ts'

const url = 'https://git.example.com/gateway.git'
const git = memoryGit()
for (const [tag, workers] of Object.entries({ v1: 2, v2: 4 }))
  git.tag(
    url,
    tag,
    git.commit(url, { 'settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: gateway }\ndata: { workers: "${workers}" }\n` }),
  )

// In the cluster: the definition of Sync, and a manager that applies Syncs.
await using fleet = exampleFleet(1)
const { clock } = fleet
const cluster = await fleet.cluster('eu-west-1', [syncKind])
await using local = new Manager({ store: cluster, cluster, git, clock }).add(syncController())
const stop = new AbortController()
const applying = local.run({ signal: stop.signal })

// In the management: how the cluster is reached, and the Sync that it is to have.
await using store = memoryStore({ clock })
const metadata = { name: 'gateway', namespace: 'eu-west-1' }
const access = { kubeConfig: { secretRef: { name: 'kubeconfig' } } }
await store.create(new Cluster({ metadata: { ...metadata, name: 'eu-west-1' }, spec: { access } }).toObject())
const gateway = new ProxySync({
  metadata,
  spec: { cluster: { name: 'eu-west-1' }, template: { spec: { source: { git: { url, tag: 'v1' } }, prune: true } } },
})
await store.create(gateway.toObject())

/** Works as the management until `tag` is reported. */
async function manageUntil(tag: string): Promise<void> {
  await using manager = new Manager({ store, connect: fleet.connect, clock })
  manager.add(clusterController(), proxySyncController())
  const end = new AbortController()
  let isReported = false
  manager.events.on('mirror.written', ({ reason }) => console.log(`management: the Sync is written (${reason})`))
  manager.events.on('mirror.reported', ({ ready, reason, revision = '' }) => {
    console.log(`management: ready is ${ready} (${reason}) ${revision}`)
    isReported ||= ready === 'True' && revision.startsWith(`${tag}@`)
  })
  const managing = manager.run({ signal: end.signal })
  await fleet.until(() => isReported)
  end.abort()
  await managing
}

await manageUntil('v1')
console.log('the management goes away; the cluster goes on')
const next = gateway.with((draft) => {
  draft.spec.template.spec.source.git.tag = 'v2'
})
const stored = await store.get(next.ref)
if (stored !== undefined) await store.update({ ...stored, spec: next.toObject().spec })
await manageUntil('v2')
const { status } = (await store.get(next.ref)) as { readonly status?: ProxySyncStatus }
const applied = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'gateway' })
console.log(`${status?.lastAppliedRevision}: ${JSON.stringify(applied?.data)}`)
stop.abort()
await applying
