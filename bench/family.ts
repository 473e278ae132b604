/**
 * Claims: 300 RemoteSyncs of 4 objects to one API server take at most 1.2 times as long as 300 Syncs there. Of 200 RemoteSyncs to 10 API servers those
 * of nine take at most 1.1 times as long when the tenth accepts connections and never answers. A time is from the creation of all until each that
 * can is ready. What one change of a ProxySync and of an Assemblage costs in requests is counted beside, and what
 * an agent and a thousand connected clusters have resident.
 */
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import {
  Cluster,
  type Controller,
  clusterController,
  type KubeObject,
  Manager,
  type ManagerOptions,
  RemoteSync,
  remoteSyncController,
  type Store,
  Sync,
  syncController,
} from 'fleetkit'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryGit, memoryStore } from 'fleetkit/memory'
import { startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { measureAgent } from './agent.ts'
import { countAssemblage } from './assemblage.ts'
import { measureClusters } from './clusters.ts'
import { measure } from './measure.ts'
import { countRequests } from './mirror.ts'

const units = 300
const servers = Number(process.env.SERVERS ?? 10)
const each = 20
const url = 'https://git.example.com/units.git'
const args = ['--max-requests-inflight=2000', '--max-mutating-requests-inflight=1000']

const git = memoryGit()
const manifest = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { text: "${'x'.repeat(200)}" }\n`
const files = Array.from({ length: units }, (_, unit) =>
  [0, 1, 2, 3].map((part) => [`unit-${unit}/map-${part}.yaml`, manifest(`unit-${unit}-${part}`)] as const),
)
git.tag(url, 'v1', git.commit(url, Object.fromEntries(files.flat())))

export async function run(): Promise<void> {
  await oneServer()
  await manyServers()
  await countRequests()
  await countAssemblage()
  await measureAgent()
  await measureClusters()
}

async function oneServer(): Promise<void> {
  await using etcd = await startEtcd()
  await using server = await startApiServer({ etcd, args })
  await using cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
  let rounds = 0
  let targetNamespace = ''
  const prepare = async (): Promise<void> => {
    targetNamespace = `bench-${++rounds}`
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: targetNamespace } })
  }
  const specOf = (unit: number) => ({
    source: { git: { url, tag: 'v1' } },
    path: `./unit-${unit}`,
    targetNamespace,
    prune: true,
    interval: '1h',
  })
  const named = (unit: number) => ({ name: `unit-${unit}`, namespace: 'default' })
  const all = Array.from({ length: units }, (_, unit) => unit)
  await measure({
    title: `${units} units of 4 new objects to one API server`,
    rounds: 5,
    contenders: [
      {
        name: 'RemoteSyncs',
        prepare,
        run: async () => {
          await using store = memoryStore()
          await register(store, 'eu', server.kubeconfig)
          const syncs = all.map((unit) =>
            new RemoteSync({ metadata: named(unit), spec: { ...specOf(unit), cluster: { name: 'eu' } } }).toObject(),
          )
          await untilReady({ store, connect: kubeconfigSecrets() }, [clusterController(), remoteSyncController()], syncs, units)
        },
      },
      {
        name: 'Syncs',
        prepare,
        run: async () => {
          await using store = memoryStore()
          // A connection of its own, as the other has.
          await using own = await kubernetesCluster({ kubeconfig: server.kubeconfig })
          const syncs = all.map((unit) => new Sync({ metadata: named(unit), spec: specOf(unit) }).toObject())
          await untilReady({ store, cluster: own }, [syncController()], syncs, units)
        },
      },
    ],
  })
}

async function manyServers(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const etcd = stack.use(await startEtcd())
  const kubeconfigs: string[] = []
  for (let index = 1; index < servers; index++) kubeconfigs.push(stack.use(await startApiServer({ etcd, args })).kubeconfig)
  const hole = createServer(() => {}).listen(0, '127.0.0.1')
  await once(hole, 'listening')
  stack.defer(() => void hole.close())
  const mute = (kubeconfigs[0] as string).replace(/https:\/\/127\.0\.0\.1:\d+/, `https://127.0.0.1:${(hole.address() as AddressInfo).port}`)
  let rounds = 0
  const runWith = async (named: ReadonlyMap<string, string>): Promise<void> => {
    rounds++
    await using store = memoryStore()
    const syncs: KubeObject[] = []
    for (const [name, kubeconfig] of named) {
      await register(store, name, kubeconfig)
      for (let unit = 0; unit < each; unit++) {
        // Others than those of the rounds before.
        const path = `./unit-${(rounds * each + unit) % units}`
        const spec = { cluster: { name }, source: { git: { url, tag: 'v1' } }, path, prune: true, interval: '1h' }
        syncs.push(new RemoteSync({ metadata: { name: `${name}-${unit}`, namespace: 'default' }, spec }).toObject())
      }
    }
    const others = (object: KubeObject): boolean => !object.metadata.name.startsWith('mute-')
    await untilReady(
      { store, connect: kubeconfigSecrets() },
      [clusterController(), remoteSyncController()],
      syncs,
      kubeconfigs.length * each,
      others,
    )
  }
  const answering = kubeconfigs.map((kubeconfig, index) => [`cluster-${index}`, kubeconfig] as const)
  await measure({
    title: `${servers * each} RemoteSyncs to ${servers} API servers: those of the other ${servers - 1}`,
    rounds: 5,
    contenders: [
      { name: 'beside one that never answers', run: () => runWith(new Map([['mute', mute], ...answering])) },
      { name: 'without it', run: () => runWith(new Map(answering)) },
    ],
  })
}

async function register(store: Store, name: string, kubeconfig: string): Promise<void> {
  const data = { value: Buffer.from(kubeconfig).toString('base64') }
  await store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name }, data })
  const access = { kubeConfig: { secretRef: { name } } }
  await store.create(new Cluster({ metadata: { name, namespace: 'default' }, spec: { access } }).toObject())
}

/** Creates objects and lets a manager work until so many of them are ready. */
async function untilReady(
  options: ManagerOptions,
  controllers: readonly Controller[],
  objects: readonly KubeObject[],
  count: number,
  counts: (object: KubeObject) => boolean = () => true,
): Promise<void> {
  for (const object of objects) await options.store.create(object)
  const wanted = new Set(objects.filter(counts).map(({ metadata }) => metadata.name))
  await using manager = new Manager({ git, gracePeriodMs: 0, ...options }).add(...controllers)
  const done = Promise.withResolvers<void>()
  const ready = new Set<string>()
  manager.events.on('sync.finished', ({ sync }) => {
    if (wanted.has(sync.name) && ready.add(sync.name).size === count) done.resolve()
  })
  const running = manager.run()
  await Promise.race([done.promise, running])
}
