/**
 * A management keeps a Sync in a cluster, where a manager applies it. A new version comes while the management is away; when it is back, it writes that version
 * and shows what becomes of it. It needs no cluster: `main.cluster.ts` beside it is the management with kubeconfigs in Secrets.
 */
import { Cluster, clusterController, Manager, ProxySync, type ProxySyncStatus, proxySyncController, syncController } from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryFleet, memoryGit, memoryStore } from 'fleetkit/memory'

const url = 'https://git.example.com/ingress.git'
const git = memoryGit()
for (const [tag, workers] of Object.entries({ v1: 2, v2: 4 }))
  git.tag(
    url,
    tag,
    git.commit(url, { 'settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ingress }\ndata: { workers: "${workers}" }\n` }),
  )

// In the cluster: the definition of Sync, and a manager that applies Syncs.
const fleet = memoryFleet()
const cluster = fleet.cluster('eu-west-1')
await cluster.create(definitionOf(syncKind))
await using local = new Manager({ store: cluster, cluster, git }).add(syncController())
const stop = new AbortController()
const running = local.run({ signal: stop.signal })

// In the management: how the cluster is reached, and the Sync that it is to have.
await using store = memoryStore()
const metadata = { name: 'ingress', namespace: 'eu-west-1' }
const access = { kubeConfig: { secretRef: { name: 'kubeconfig' } } }
await store.create(new Cluster({ metadata: { ...metadata, name: 'eu-west-1' }, spec: { access } }).toObject())
const ingress = new ProxySync({
  metadata,
  spec: { cluster: { name: 'eu-west-1' }, template: { spec: { source: { git: { url, tag: 'v1' } }, prune: true } } },
})
await store.create(ingress.toObject())

/** Works as the management until `tag` is reported. */
async function manageUntil(tag: string): Promise<void> {
  await using manager = new Manager({ store, connect: fleet.connect })
  manager.add(clusterController(), proxySyncController())
  const end = new AbortController()
  manager.events.on('mirror.written', ({ reason }) => console.log(`management: the Sync is written (${reason})`))
  manager.events.on('mirror.reported', ({ ready, reason, revision = '' }) => {
    console.log(`management: ready is ${ready} (${reason}) ${revision}`)
    if (ready === 'True' && revision.startsWith(`${tag}@`)) end.abort()
  })
  await manager.run({ signal: end.signal })
}

await manageUntil('v1')
console.log('the management goes away; the cluster goes on')
const next = ingress.with((draft) => {
  draft.spec.template.spec.source.git.tag = 'v2'
})
const stored = await store.get(next.ref)
if (stored !== undefined) await store.update({ ...stored, spec: next.toObject().spec })
await manageUntil('v2')
const { status } = (await store.get(next.ref)) as { readonly status?: ProxySyncStatus }
const applied = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'ingress' })
console.log(`${status?.lastAppliedRevision}: ${JSON.stringify(applied?.data)}`)
stop.abort()
await running
