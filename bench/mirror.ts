/** Claim: what a Sync in another cluster reports costs one request to the management and none to the cluster. Counted by their API servers, over many changes. */
import { Buffer } from 'node:buffer'
import {
  Cluster,
  type ClusterApi,
  clusterController,
  type KubeObject,
  Manager,
  ProxySync,
  type ProxySyncStatus,
  proxySyncController,
} from 'fleetkit'
import { clusterKind, proxySyncKind, syncKind } from 'fleetkit/kinds'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { startEtcd } from '../test/servers/control-plane.ts'
import { type Counted, pause, startCounted } from './counted.ts'

const changes = 20
const userAgent = 'management'
const named = { namespace: 'default', name: 'shop' }
const proxyRef = { apiVersion: proxySyncKind.apiVersion, kind: 'ProxySync', ...named }
const copyRef = { apiVersion: syncKind.apiVersion, kind: 'Sync', ...named }

export async function countRequests(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const etcd = stack.use(await startEtcd())
  const here = stack.use(await startCounted(etcd, clusterKind, proxySyncKind))
  const there = stack.use(await startCounted(etcd, syncKind))
  await here.cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'default', name: 'eu' },
    data: { value: Buffer.from(there.kubeconfig).toString('base64') },
  })
  const access = { kubeConfig: { secretRef: { name: 'eu' } } }
  // Looks at the cluster itself are no part of what is counted.
  await here.cluster.create(new Cluster({ metadata: { name: 'eu' }, spec: { access, interval: '1h' } }).toObject())
  await here.cluster.create(proxyOf('v0'))
  const store = stack.use(await kubernetesCluster({ kubeconfig: here.kubeconfig, userAgent }))
  const manager = new Manager({ store, connect: kubeconfigSecrets({ userAgent }), gracePeriodMs: 0 })
  stack.use(manager.add(clusterController(), proxySyncController()))
  void manager.run()
  await untilHere(here, async () => (await there.cluster.get(copyRef)) !== undefined)

  console.log(`\n### Requests for one change of a ProxySync, of ${changes}\n\n| | to the management | to the cluster |\n|---|---|---|`)
  await count('its Sync reports', [here, there], async (change) => {
    const message = `report ${change}`
    await report(there.cluster, message)
    await untilHere(here, async (status) => status.conditions?.some((condition) => condition.message === message) === true)
  })
  await count('a new version is written', [here, there], async (change) => {
    const { spec } = proxyOf(`v${change + 1}`)
    const kept = (await here.cluster.get(proxyRef)) as KubeObject
    const { metadata } = await here.cluster.update({ ...kept, spec })
    await untilHere(here, async ({ conditions = [] }) => conditions[0]?.observedGeneration === metadata.generation)
  })
}

function proxyOf(tag: string): KubeObject {
  const template = { spec: { source: { git: { url: 'https://git.example.com/shop.git', tag } }, prune: true } }
  return new ProxySync({ metadata: { name: 'shop' }, spec: { cluster: { name: 'eu' }, template } }).toObject()
}

/** What the manager in the cluster would say. */
async function report(cluster: ClusterApi, message: string): Promise<void> {
  const copy = (await cluster.get(copyRef)) as KubeObject
  const { annotations, generation } = copy.metadata
  const lastTransitionTime = new Date(0).toISOString()
  const ready = { type: 'Ready', status: 'False', reason: 'BuildFailed', message, observedGeneration: generation, lastTransitionTime }
  const status = { observed: annotations?.['mirror.fleetkit.dev/write'], observedGeneration: generation, conditions: [ready] }
  await cluster.update({ ...copy, status } as KubeObject, { subresource: 'status' })
}

async function untilHere({ cluster }: Counted, is: (status: ProxySyncStatus) => Promise<boolean>): Promise<void> {
  while (!(await is(((await cluster.get(proxyRef))?.status ?? {}) as ProxySyncStatus))) await pause(20)
}

async function count(title: string, servers: readonly Counted[], change: (index: number) => Promise<void>): Promise<void> {
  await pause(1000)
  const requests = () => Promise.all(servers.map(({ log }) => log.requestsOf(userAgent)))
  const before = await requests()
  for (let index = 0; index < changes; index++) {
    await change(index)
    // What is left of it comes before the next one.
    await pause(200)
  }
  const each = (await requests()).map((all, server) => (all.length - (before[server]?.length ?? 0)) / changes)
  console.log(`| ${title} | ${each.join(' | ')} |`)
}
