import {
  type AssembledSyncInput,
  assemblageController,
  Cluster,
  type Condition,
  clusterController,
  FleetkitError,
  getCondition,
  type KubeObject,
  Manager,
  type ObjectRef,
  PullSync,
  pullSyncController,
  RemoteAssemblage,
  type RemoteAssemblageInput,
  type RemoteAssemblageStatus,
  remoteAssemblageController,
  syncController,
} from 'fleetkit'
import {
  assemblageKind,
  clusterKind,
  definitionOf,
  moduleRevisionKind,
  proxySyncKind,
  pullSyncKind,
  remoteAssemblageKind,
  syncKind,
} from 'fleetkit/kinds'
import { memoryFleet, memoryGit, type RestorableCluster } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { running, type Stop } from '../running.ts'
import { configMap, intercepted, url } from '../sync/scenarios.ts'

export const apiVersion = 'fleetkit.dev/v1alpha1'
export const namespace = 'eu'
export const ref: ObjectRef = { apiVersion, kind: 'RemoteAssemblage', namespace, name: 'platform' }
export const copyRef: ObjectRef = { apiVersion, kind: 'Assemblage', namespace: 'default', name: 'platform' }
export const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })

export const git: ReturnType<typeof memoryGit> = memoryGit()
export const commits: readonly [string, string] = ['1', '2'].map((version) =>
  git.commit(url, Object.fromEntries(['a', 'b'].map((name) => [`${name}/map.yaml`, configMap(name, { version })]))),
) as [string, string]

export const sync = (name: string, version: 1 | 2 = 1): AssembledSyncInput => ({
  name,
  source: { git: { url, commit: commits[version - 1] as string } },
  path: `./${name}`,
  prune: true,
})

/** What a RemoteAssemblage specifies, beside which cluster it is for. */
export type Spec = Partial<Omit<RemoteAssemblageInput['spec'], 'template'>> & { readonly syncs?: readonly AssembledSyncInput[] }
/** A management with one RemoteAssemblage, and the cluster that it is for. */
export interface World {
  /** Whether neither hears of the other. */
  isCut: boolean
  readonly clock: VirtualClock
  readonly hub: RestorableCluster
  readonly eu: RestorableCluster
  /** Why copies were written, in this order. */
  readonly written: string[]
  /** Throws it, or not, before a call from the cluster to the management. */
  toHub: ((method: string, parameters: readonly any[]) => void) | undefined
  /** Starts the manager of the management, over its store or what stands before that, or the one in the cluster. */
  readonly manage: (store?: RestorableCluster) => Stop
  readonly apply: () => Stop
  readonly put: (spec?: Spec) => Promise<KubeObject>
  readonly status: () => Promise<RemoteAssemblageStatus>
  readonly ready: () => Promise<Condition | undefined>
  /** Each sync as `name: state revision`. */
  readonly states: () => Promise<readonly string[]>
  /** What is applied of a sync. */
  readonly version: (name: string) => Promise<string | undefined>
}

/** A management, and a cluster that it connects to, or that connects to it. */
export async function world(way: 'connected' | 'inbound', { revisions = true }: { readonly revisions?: boolean } = {}): Promise<World> {
  const clock = new VirtualClock()
  const fleet = memoryFleet({ clock })
  const [hub, eu] = [fleet.cluster('hub'), fleet.cluster('eu')]
  for (const kind of [clusterKind, remoteAssemblageKind, proxySyncKind, ...(revisions ? [moduleRevisionKind] : [])])
    await hub.create(definitionOf(kind))
  for (const kind of [syncKind, assemblageKind, clusterKind, pullSyncKind]) await eu.create(definitionOf(kind))
  await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const access = (name: string) => ({ kubeConfig: { secretRef: { name } } })
  const ways = { connected: access('eu'), inbound: { inbound: {} } }
  await hub.create(new Cluster({ metadata: { name: 'eu', namespace }, spec: { access: ways[way] } }).toObject())
  if (way === 'inbound') {
    await eu.create(new Cluster({ metadata: { name: 'hub' }, spec: { access: access('hub') } }).toObject())
    await eu.create(new PullSync({ metadata: { name: 'hub' }, spec: { upstream: { cluster: { name: 'hub' }, namespace } } }).toObject())
  }
  const state = { isCut: false, toHub: undefined as World['toHub'] }
  const written: string[] = []
  const line = { hub, eu: intercepted(eu, () => cut()) }
  const cut = (): undefined => {
    if (state.isCut) throw new FleetkitError('cluster/unreachable', 'no route to host')
  }
  const run = (manager: Manager): Stop => {
    manager.events.on('mirror.written', ({ reason }) => written.push(reason))
    return running(manager, clock)
  }
  const common = { clock, random: () => 0.5 }
  const status = async (): Promise<RemoteAssemblageStatus> => ((await hub.get(ref))?.status ?? {}) as RemoteAssemblageStatus
  const toHub = intercepted(hub, (method, parameters) => {
    if (method === 'close') return true
    state.toHub?.(method, parameters)
    return cut()
  })
  return Object.assign(state, {
    clock,
    hub,
    eu,
    written,
    manage: (store = hub): Stop =>
      run(
        new Manager({ ...common, store, connect: async (_, { current }) => current ?? line.eu }).add(
          clusterController(),
          // An older one has no ModuleRevisions, nor a controller that looks for them.
          ...(revisions ? [remoteAssemblageController()] : []),
        ),
      ),
    apply(): Stop {
      const manager = new Manager({
        ...common,
        store: eu,
        cluster: eu,
        git,
        renderers: [plainRenderer()],
        connect: async (_, { current }) => current ?? toHub,
      })
      return run(manager.add(syncController(), assemblageController(), ...(way === 'inbound' ? [pullSyncController()] : [])))
    },
    async put({ syncs = [sync('a'), sync('b')], ...more }: Spec = {}): Promise<KubeObject> {
      const kept = await hub.get(ref)
      const wanted = new RemoteAssemblage({
        metadata: { name: ref.name, namespace },
        spec: { cluster: { name: 'eu' }, template: { spec: { syncs } }, ...more },
      }).toObject()
      return kept === undefined ? hub.create(wanted) : hub.update({ ...kept, spec: wanted.spec })
    },
    status,
    ready: async (): Promise<Condition | undefined> => getCondition((await status()).conditions, 'Ready'),
    states: async () => ((await status()).syncs ?? []).map(({ name, state, revision }) => `${name}: ${state} ${revision}`),
    version: async (name: string) => ((await eu.get(mapRef(name)))?.data as { version?: string } | undefined)?.version,
  })
}
