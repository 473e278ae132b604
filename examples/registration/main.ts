/**
 * How a management comes to know its clusters, both ways. A shop asks to be registered, is ended while it waits, and goes on; a person approves it, and it takes its Syncs from then on. The cluster of
 * a data centre is added by who has its kubeconfig. It needs no cluster, and no time: `agent.cluster.ts` beside it is what runs in such a shop.
 */
import {
  type ClusterStatus,
  clusterController,
  getCondition,
  Manager,
  ProxySync,
  proxySyncController,
  pullSyncController,
  syncController,
} from 'fleetkit'
import { clusterKind, clusterRegistrationKind, definitionOf, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { addCluster } from 'fleetkit/kubernetes'
import { memoryFleet, memoryGit } from 'fleetkit/memory'
import { approveRegistration, register, registrationController, tokenRenewalController } from 'fleetkit/registration'
import { VirtualClock } from 'fleetkit/testing'

const minute = 60_000
const clock = new VirtualClock()
const fleet = memoryFleet({ clock })
// The shop calls its management `management`; the management calls the data centre `eu-west-1`.
const [hub, shop] = [fleet.cluster('management'), fleet.cluster('shop')]
fleet.cluster('eu-west-1')

/** A kubeconfig, as each of the two is given. */
const kubeconfigFor = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'it',
    clusters: [{ name: 'it', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'of-the-user' } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
  })

// The management.
for (const kind of [clusterKind, clusterRegistrationKind, proxySyncKind]) await hub.create(definitionOf(kind))
await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fleetkit-registrations' } })
const registrants = { kind: 'ServiceAccount', namespace: 'fleetkit-registrations', name: 'registrant' } as const
const stop = new AbortController()
const management = new Manager({ store: hub, clock, connect: fleet.connect })
management.add(clusterController(), proxySyncController(), registrationController({ registrants }))
const managing = management.run({ signal: stop.signal })

// The shop sends its registration, and is ended while it waits.
for (const kind of [clusterKind, pullSyncKind, syncKind]) await shop.create(definitionOf(kind))
await shop.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fleetkit' } })
const asking = { upstream: hub, kubeconfig: kubeconfigFor('https://management.example.com'), store: shop, proposedName: 'till', clock }
const power = new AbortController()
const ended = register({ ...asking, signal: power.signal }).catch(({ code }: { readonly code: string }) => console.log(`the shop: ${code}`))
await clock.advance(10 * minute)
power.abort()
await clock.advance(minute)
await ended
const registering = register(asking)
await clock.advance(minute)

const { items: registrations } = await hub.list(clusterRegistrationKind)
for (const { metadata, spec, status } of registrations) {
  const { proposedName } = spec as { readonly proposedName?: string }
  const ready = getCondition((status as ClusterStatus | undefined)?.conditions, 'Ready')
  console.log(`waits for a person: ${proposedName} (${ready?.reason}: ${ready?.message})`)
  await approveRegistration(hub, metadata, { name: 'shop-17', labels: { tier: 'shop' }, by: 'ada', clock })
}
await clock.advance(2 * minute)
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
  kubeconfig: kubeconfigFor('https://eu-west-1.example.com'),
})
console.log(`added ${added.ref.name}, which has answered: ${added.uid !== undefined}`)

await clock.advance(2 * minute)
const prices = await shop.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'prices' })
console.log(`in the shop: ${JSON.stringify(prices?.data)}`)
for (const { metadata, status } of (await hub.list(clusterKind)).items) {
  const ready = getCondition((status as ClusterStatus | undefined)?.conditions, 'Ready')
  console.log(`in the management: ${metadata.name} ${JSON.stringify(metadata.labels)} is ${ready?.reason}`)
}

stop.abort()
await clock.advance(minute)
await Promise.all([managing, working])
