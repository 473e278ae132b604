/**
 * A cluster connects to its management and takes its Syncs from there. It goes offline: its Syncs go on, and the management says that it does not know. A new version waits until
 * the cluster is back. It needs no cluster, and no time: `agent.cluster.ts` beside it is what runs in such a cluster.
 */
import {
  Cluster,
  clusterController,
  getCondition,
  type KubeObject,
  Manager,
  ProxySync,
  type ProxySyncStatus,
  PullSync,
  proxySyncController,
  pullSyncController,
  syncController,
} from 'fleetkit'
import { clusterKind, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { memoryGit } from 'fleetkit/memory'
import { withFaults } from 'fleetkit/testing'
import { exampleFleet } from '../fleet.ts'

const minute = 60_000
const url = 'https://git.example.com/till.git'
const git = memoryGit()
for (const [tag, prices] of Object.entries({ v1: 'summer', v2: 'autumn' }))
  git.tag(
    url,
    tag,
    git.commit(url, { 'prices.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: prices }\ndata: { of: ${prices} }\n` }),
  )

await using fleet = exampleFleet(2)
const { clock } = fleet
const hub = await fleet.cluster('hub', [clusterKind, proxySyncKind])
const shop = await fleet.cluster('shop-17', [clusterKind, pullSyncKind, syncKind])

// In the management: a namespace for the cluster, in which it may read and write statuses, with the Sync that it is to have.
const namespace = 'shop-17'
await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
await hub.create(new Cluster({ metadata: { name: 'shop-17', namespace }, spec: { access: { inbound: {} } } }).toObject())
const till = new ProxySync({
  metadata: { name: 'till', namespace },
  spec: { cluster: { name: 'shop-17' }, template: { spec: { source: { git: { url, tag: 'v1' } }, prune: true } } },
})
await hub.create(till.toObject())

// In the cluster: how the management is reached, and what is taken from there.
const access = { kubeConfig: { secretRef: { name: 'hub' } } }
await shop.create(new Cluster({ metadata: { name: 'hub' }, spec: { access } }).toObject())
await shop.create(new PullSync({ metadata: { name: 'hub' }, spec: { upstream: { cluster: { name: 'hub' }, namespace } } }).toObject())

const stop = new AbortController()
const management = new Manager({ store: hub, clock }).add(clusterController(), proxySyncController())
/** The line to the management, while it is down. */
const down = withFaults(await fleet.cluster('hub'), { seed: 1, clock, fail: 1, drop: 1 })
let online = true
const agent = new Manager({
  store: shop,
  cluster: shop,
  git,
  clock,
  connect: async (cluster, options) => (online ? fleet.connect(cluster, options) : down),
}).add(syncController(), pullSyncController())
const running = Promise.all([management.run({ signal: stop.signal }), agent.run({ signal: stop.signal })])

async function show(what: string): Promise<void> {
  const { status } = (await hub.get(till.ref)) as { readonly status?: ProxySyncStatus }
  const ready = getCondition(status?.conditions, 'Ready')
  console.log(
    `${what}:\n  in the shop ${JSON.stringify((await inShop())?.data)}\n  in the management ${ready?.status} (${ready?.reason}) ${status?.lastAppliedRevision}`,
  )
}
const inShop = () => shop.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'prices' })
/** Waits until the management says of a version that it is applied there. */
const reported = (tag: string) =>
  fleet.until(async () => {
    const { status } = (await hub.get(till.ref)) as { readonly status?: ProxySyncStatus }
    const isApplied = status?.lastAppliedRevision?.startsWith(`${tag}@`) ?? false
    return isApplied && getCondition(status?.conditions, 'Ready')?.status === 'True'
  })

await reported('v1')
await show('online')

online = false
const edited = (await inShop()) as KubeObject
await shop.update({ ...edited, data: { of: 'my own' } })
await fleet.pass(15 * minute)
const stored = (await hub.get(till.ref)) as KubeObject
const next = till.with((draft) => {
  draft.spec.template.spec.source.git.tag = 'v2'
})
await hub.update({ ...stored, spec: next.spec })
await fleet.pass(15 * minute)
await show('offline, and someone has edited the prices')

online = true
await reported('v2')
await show('online again')

stop.abort()
await running
