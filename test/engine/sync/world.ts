import {
  type Condition,
  type FleetEvent,
  type Git,
  getCondition,
  type KubeObject,
  Manager,
  type ManagerOptions,
  type ObjectRef,
  type Store,
  Sync,
  type SyncControllerOptions,
  type SyncInput,
  type SyncStatus,
  syncController,
} from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { intercepted, url } from './scenarios.ts'

export const syncRef = (name = 'shop'): ObjectRef => ({
  apiVersion: 'fleetkit.dev/v1alpha1',
  kind: 'Sync',
  namespace: 'default',
  name,
})

export const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })

export type SpecPatch = Partial<SyncInput['spec']> & { readonly tag?: string }

export function syncObject({ tag = 'v1', ...spec }: SpecPatch = {}, name = 'shop'): KubeObject {
  const full = { source: { git: { url, tag } }, prune: true, interval: '10m', retryInterval: '1m', timeout: '20s', ...spec }
  return new Sync({ metadata: { name, namespace: 'default' }, spec: full }).toObject()
}

/** What an interval of a minute is stretched to with the random number of the world. */
export const minute: number = 61_500

// Loaded beforehand: a module takes real time to load, and the clock stands still meanwhile.
const renderers = [plainRenderer()]
const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'discover', 'lease'])

/** A manager at work. */
export interface Run {
  readonly manager: Manager
  finish(): Promise<void>
}

/** What a test of the Sync controller works with. */
export interface World {
  readonly clock: VirtualClock
  readonly store: Store
  readonly cluster: ReturnType<typeof memoryCluster>
  readonly countedCluster: ReturnType<typeof memoryCluster>
  readonly storeWrites: string[]
  readonly clusterWrites: string[]
  readonly events: FleetEvent[]
  readonly start: (more?: Partial<ManagerOptions>) => Run
  readonly get: (name?: string) => Promise<KubeObject>
  readonly status: (name?: string) => Promise<SyncStatus>
  readonly condition: (type: string, name?: string) => Promise<Condition | undefined>
  readonly inventory: (name?: string) => Promise<readonly string[]>
  readonly attempts: (name?: string) => number
  readonly change: (spec: SpecPatch, name?: string) => Promise<void>
  readonly annotate: (annotations: Record<string, string>, name?: string) => Promise<void>
  readonly map: (name: string) => Promise<KubeObject | undefined>
}

/** A manager with the Sync controller on a virtual clock, over a store and a cluster in memory that count their writes. */
export function world(git: Git, options: Partial<ManagerOptions> = {}, ofSyncs: SyncControllerOptions = {}): World {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const cluster = memoryCluster({ clock })
  const storeWrites: string[] = []
  const clusterWrites: string[] = []
  const countedStore = intercepted(store, (method, [first, second]) => {
    if (!reads.has(method)) storeWrites.push(second?.subresource === 'status' ? 'status' : `${method} ${(first.metadata ?? first).name}`)
  })
  const countedCluster = intercepted(cluster, (method, [first]) => {
    if (!reads.has(method)) clusterWrites.push(`${method} ${(first[0]?.metadata ?? first.metadata ?? first).name}`)
  })
  const events: FleetEvent[] = []
  const start = (more: Partial<ManagerOptions> = {}): Run => {
    const manager = new Manager({
      store: countedStore,
      cluster: countedCluster,
      git,
      clock,
      renderers,
      random: () => 0.5,
      ...options,
      ...more,
    })
    manager.events.on('*', (event) => events.push(event))
    manager.add(syncController(ofSyncs))
    const stop = new AbortController()
    const done = manager.run({ signal: stop.signal })
    done.catch(() => {})
    return {
      manager,
      async finish(): Promise<void> {
        stop.abort()
        await clock.advance(31_000)
        await done
      },
    }
  }
  const get = async (name = 'shop'): Promise<KubeObject> => {
    const object = await store.get(syncRef(name))
    if (object === undefined) throw new Error(`there is no Sync ${name}`)
    return object
  }
  return {
    clock,
    store,
    cluster,
    countedCluster,
    storeWrites,
    clusterWrites,
    events,
    start,
    get,
    status: async (name = 'shop'): Promise<SyncStatus> => ((await get(name)).status ?? {}) as SyncStatus,
    condition: async (type: string, name = 'shop'): Promise<Condition | undefined> =>
      getCondition(((await get(name)).status as SyncStatus | undefined)?.conditions, type),
    inventory: async (name = 'shop'): Promise<readonly string[]> =>
      parseInventory(((await get(name)).status as SyncStatus | undefined)?.inventory).map((ref) => ref.name),
    attempts: (name = 'shop') => events.filter((event) => event.type === 'sync.started' && event.sync.name === name).length,
    change: async (spec: SpecPatch, name = 'shop'): Promise<void> => {
      const object = await get(name)
      await store.update({ ...object, spec: syncObject(spec, name).spec })
    },
    annotate: async (annotations: Record<string, string>, name = 'shop'): Promise<void> => {
      const object = await get(name)
      await store.update({ ...object, metadata: { ...object.metadata, annotations } })
    },
    map: (name: string) => cluster.get(mapRef(name)),
  }
}
