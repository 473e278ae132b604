import {
  Cluster,
  type Condition,
  clusterController,
  type FleetEvent,
  type Git,
  getCondition,
  type KubeObject,
  Manager,
  type ManagerOptions,
  type ObjectRef,
  RemoteSync,
  remoteSyncController,
  type Store,
  Sync,
  type SyncInput,
  type SyncStatus,
  syncController,
} from 'fleetkit'
import { memoryFleet, memoryStore, type RestorableCluster } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { intercepted, url } from '../sync/scenarios.ts'

/** What a member of the family specifies, beside what is its own. */
export type UnitSpec = Partial<SyncInput['spec']> & { readonly tag?: string }

/** A kind of the family, as the scenarios use it. */
export interface Member {
  readonly kind: 'Sync' | 'RemoteSync'
  readonly make: (name: string, spec: SyncInput['spec']) => Sync | RemoteSync
}

export const members: readonly Member[] = [
  { kind: 'Sync', make: (name, spec) => new Sync({ metadata: { name, namespace: 'default' }, spec }) },
  {
    kind: 'RemoteSync',
    make: (name, spec) => new RemoteSync({ metadata: { name, namespace: 'default' }, spec: { ...spec, cluster: { name: 'eu' } } }),
  },
]

/** A manager at work. */
export interface Run {
  readonly manager: Manager
  /** Lets it end. */
  finish(): Promise<void>
}

/** What the scenarios work with: the objects of a management, and the cluster that they are about. */
export interface FamilyWorld {
  readonly clock: VirtualClock
  readonly store: Store
  /** The cluster that is applied to. */
  readonly target: RestorableCluster
  /** Writes that reached the target, as `method name`, but for what is kept there of the management. */
  readonly writes: string[]
  readonly events: FleetEvent[]
  /** Throws it, or not, before a call to the target. */
  fault: ((method: string) => void) | undefined
  readonly start: (options?: Partial<ManagerOptions>) => Run
  readonly put: (spec?: UnitSpec, name?: string) => Promise<KubeObject>
  readonly refOf: (name?: string) => ObjectRef
  readonly get: (name?: string) => Promise<KubeObject>
  readonly status: (name?: string) => Promise<SyncStatus>
  readonly ready: (name?: string) => Promise<Condition | undefined>
  /** Data of a ConfigMap of the target. */
  readonly data: (name: string) => Promise<unknown>
  readonly cluster: () => Promise<KubeObject | undefined>
}

const renderers = [plainRenderer()]
const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'discover', 'lease', 'types', 'version', 'openApi', 'close'])

export const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })

/** A management and one cluster, in memory and in virtual time. */
export async function familyWorld({ kind, make }: Member, git: Git): Promise<FamilyWorld> {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const fleet = memoryFleet({ clock })
  const target = fleet.cluster('eu')
  const world: { fault: FamilyWorld['fault'] } = { fault: undefined }
  const writes: string[] = []
  const disturb = <Port extends object>(port: Port): Port =>
    intercepted(port, (method, [first, options]) => {
      world.fault?.(method)
      const name = (first?.[0]?.metadata ?? first?.metadata ?? first)?.name
      if (!reads.has(method) && options?.dryRun !== true && !`${name}`.startsWith('fleetkit-')) writes.push(`${method} ${name}`)
    })
  const events: FleetEvent[] = []
  if (kind === 'RemoteSync')
    await store.create(
      new Cluster({
        metadata: { name: 'eu', namespace: 'default' },
        spec: { access: { kubeConfig: { secretRef: { name: 'eu' } } } },
      }).toObject(),
    )
  const start = (options: Partial<ManagerOptions> = {}): Run => {
    const manager = new Manager({
      store,
      git,
      clock,
      renderers,
      random: () => 0.5,
      ...(kind === 'Sync'
        ? { cluster: disturb(target) }
        : { connect: async (request, more) => more.current ?? disturb(await fleet.connect(request, more)) }),
      ...options,
    })
    manager.events.on('*', (event) => events.push(event))
    manager.add(...(kind === 'Sync' ? [syncController()] : [clusterController(), remoteSyncController()]))
    const stop = new AbortController()
    const done = manager.run({ signal: stop.signal })
    done.catch(() => {})
    return {
      manager,
      async finish() {
        stop.abort()
        await clock.advance(31_000)
        await done
      },
    }
  }
  const refOf = (name = 'shop'): ObjectRef => ({ apiVersion: 'fleetkit.dev/v1alpha1', kind, namespace: 'default', name })
  const get = async (name = 'shop'): Promise<KubeObject> => {
    const object = await store.get(refOf(name))
    if (object === undefined) throw new Error(`there is no ${kind} ${name}`)
    return object
  }
  const status = async (name = 'shop'): Promise<SyncStatus> => ((await get(name)).status ?? {}) as SyncStatus
  return Object.assign(world, {
    clock,
    store,
    target,
    writes,
    events,
    start,
    refOf,
    get,
    status,
    ready: async (name = 'shop') => getCondition((await status(name)).conditions, 'Ready'),
    data: async (name: string) => (await target.get(mapRef(name)))?.data,
    cluster: () => store.get({ ...refOf('eu'), kind: 'Cluster' }),
    async put({ tag = 'v1', ...spec }: UnitSpec = {}, name = 'shop') {
      const full = { source: { git: { url, tag } }, prune: true, interval: '10m', retryInterval: '1m', timeout: '20s', ...spec }
      const wanted = make(name, full).toObject()
      const kept = await store.get(refOf(name))
      return kept === undefined ? store.create(wanted) : store.update({ ...kept, spec: wanted.spec })
    },
  })
}
