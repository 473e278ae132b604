/**
 * How a management comes to know its clusters, both ways. A shop asks to be registered, is ended while it waits, and goes on; a person approves it, and it takes its Syncs from then on. The cluster of
 * a data centre is added by who has its kubeconfig. It needs no cluster, and no time; it takes three real ones, the management's first, with `--kubeconfig`: see `examples/fleet.ts`.
 * `agent.cluster.ts` beside it is what runs in such a shop.
 */
import {
  type ClusterStatus,
  clusterController,
  getCondition,
  Manager,
  ProxySync,
  proxySyncController,
  pullSyncController,
  readinessOf,
  syncController,
} from 'fleetkit'
import { roles } from 'fleetkit/install'
import { clusterKind, clusterRegistrationKind, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { addCluster } from 'fleetkit/kubernetes'
import { memoryGit } from 'fleetkit/memory'
import { approveRegistration, register, registrationController, tokenRenewalController } from 'fleetkit/registration'
import { exampleFleet } from '../fleet.ts'

const minute = 60_000
await using fleet = exampleFleet(3)
const { clock } = fleet
// The shop calls its management `management`; the management calls the data centre `eu-west-1`.
const hub = await fleet.cluster('management', [clusterKind, clusterRegistrationKind, proxySyncKind])
const shop = await fleet.cluster('shop', [clusterKind, pullSyncKind, syncKind])
await fleet.cluster('eu-west-1')

// The management.
await hub.apply(roles(), { fieldManager: 'setup' })
await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fleetkit-registrations' } })
const registrants = { kind: 'ServiceAccount', namespace: 'fleetkit-registrations', name: 'registrant' } as const
const stop = new AbortController()
const management = new Manager({ store: hub, clock, connect: fleet.connect })
management.add(clusterController(), proxySyncController(), registrationController({ registrants }))
const managing = management.run({ signal: stop.signal })

// The shop sends its registration, and is ended while it waits.
await shop.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fleetkit' } })
const asking = { upstream: hub, kubeconfig: fleet.kubeconfig('management'), store: shop, proposedName: 'till', clock }
const power = new AbortController()
const ended = register({ ...asking, signal: power.signal }).catch(({ code }: { readonly code: string }) => console.log(`the shop: ${code}`))
await fleet.pass(10 * minute)
power.abort()
await fleet.pass(minute)
await ended
const registering = register(asking)

/** What waits for a person. */
const waiting = async () => (await hub.list(clusterRegistrationKind)).items.filter(({ status }) => status !== undefined)
await fleet.until(async () => (await waiting()).length > 0)
const registrations = await waiting()
for (const { metadata, spec, status } of registrations) {
  const { proposedName } = spec as { readonly proposedName?: string }
  const ready = getCondition((status as ClusterStatus | undefined)?.conditions, 'Ready')
  console.log(`waits for a person: ${proposedName} (${ready?.reason}: ${ready?.message})`)
  await approveRegistration(hub, metadata, { name: 'shop-17', labels: { tier: 'shop' }, by: 'ada', clock })
}
let isRegistered = false
registering.then(
  () => {
    isRegistered = true
  },
  () => {},
)
await fleet.until(() => isRegistered)
const { namespace } = await registering
console.log(`the shop is registered: its namespace in the management is ${namespace}`)

// From then on it takes what the management has for it, and renews its token.
const git = memoryGit()
const url = 'https://git.example.com/till.git'
git.tag(
  url,
  'v1',
  git.commit(url, { 'prices.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: prices }\ndata: { of: summer }\n' }),
)
const till = new ProxySync({
  metadata: { name: 'till', namespace },
  spec: { cluster: { name: 'shop-17' }, template: { spec: { source: { git: { url, tag: 'v1' } }, prune: true } } },
})
await hub.create(till.toObject())
const agent = new Manager({ store: shop, cluster: shop, git, clock, connect: fleet.connect })
agent.add(syncController(), pullSyncController(), tokenRenewalController())
const working = agent.run({ signal: stop.signal })

// The data centre is added by who has its kubeconfig.
const added = await addCluster({
  store: hub,
  connect: fleet.connect,
  name: 'eu-west-1',
  labels: { tier: 'prod' },
  kubeconfig: fleet.kubeconfig('eu-west-1'),
})
console.log(`added ${added.ref.name}, which has answered: ${added.uid !== undefined}`)

const inShop = () => shop.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'prices' })
const clusters = async () => (await hub.list(clusterKind)).items
await fleet.until(async () => (await inShop()) !== undefined && (await clusters()).every((object) => readinessOf(object).ready))
console.log(`in the shop: ${JSON.stringify((await inShop())?.data)}`)
for (const { metadata, status } of await clusters()) {
  const ready = getCondition((status as ClusterStatus | undefined)?.conditions, 'Ready')
  console.log(`in the management: ${metadata.name} ${JSON.stringify(metadata.labels)} is ${ready?.reason}`)
}

stop.abort()
await Promise.all([managing, working])
