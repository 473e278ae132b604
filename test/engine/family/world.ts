import {
  Cluster,
  type Condition,
  type Controller,
  clusterController,
  type FleetEvent,
  type Git,
  getCondition,
  type KubeObject,
  Manager,
  type ManagerOptions,
  type ObjectRef,
  ProxySync,
  PullSync,
  proxySyncController,
  pullSyncController,
  RemoteSync,
  remoteSyncController,
  type Store,
  Sync,
  type SyncInput,
  type SyncStatus,
  syncController,
} from 'fleetkit'
import { clusterKind, definitionOf, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { memoryFleet, memoryStore, type RestorableCluster } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { intercepted, repository, url } from '../sync/scenarios.ts'

/** What a member of the family specifies, beside what is its own. */
export type UnitSpec = Partial<SyncInput['spec']> & { readonly tag?: string }

/** A kind of the family, as the scenarios use it. */
export interface Member {
  readonly kind: 'Sync' | 'RemoteSync' | 'ProxySync' | 'PullSync'
  readonly make: (name: string, spec: SyncInput['spec']) => Sync | RemoteSync | ProxySync
}

// What it depends on and whether it is suspended is for here, all else for there.
const makeProxy: Member['make'] = (name, { dependsOn, suspend, ...spec }) =>
  new ProxySync({ metadata: { name, namespace: 'default' }, spec: { cluster: { name: 'eu' }, suspend, dependsOn, template: { spec } } })

export const members: readonly Member[] = [
  { kind: 'Sync', make: (name, spec) => new Sync({ metadata: { name, namespace: 'default' }, spec }) },
  {
    kind: 'RemoteSync',
    make: (name, spec) => new RemoteSync({ metadata: { name, namespace: 'default' }, spec: { ...spec, cluster: { name: 'eu' } } }),
  },
  { kind: 'ProxySync', make: makeProxy },
  // What it pulls are ProxySyncs.
  { kind: 'PullSync', make: makeProxy },
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

function controllersOf(kind: Member['kind']): readonly Controller[] {
  if (kind === 'Sync') return [syncController()]
  return [clusterController(), kind === 'RemoteSync' ? remoteSyncController() : proxySyncController()]
}

const renderers = [plainRenderer()]
const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'discover', 'lease', 'types', 'version', 'openApi', 'close'])

export const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })

/** A management and one cluster, in memory and in virtual time. */
export async function familyWorld({ kind, make }: Member, git: Git): Promise<FamilyWorld> {
  const clock = new VirtualClock()
  const fleet = memoryFleet({ clock })
  const [pulls, mirrors] = [kind === 'PullSync', kind === 'PullSync' || kind === 'ProxySync']
  const store = pulls ? fleet.cluster('hub') : memoryStore({ clock })
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
  if (pulls) for (const each of [clusterKind, proxySyncKind]) await store.create(definitionOf(each))
  if (kind !== 'Sync')
    await store.create(
      new Cluster({
        metadata: { name: 'eu', namespace: 'default' },
        spec: { access: pulls ? { inbound: {} } : { kubeConfig: { secretRef: { name: 'eu' } } } },
      }).toObject(),
    )
  if (mirrors) await target.create(definitionOf(syncKind))
  if (pulls) {
    for (const each of [clusterKind, pullSyncKind]) await target.create(definitionOf(each))
    const access = { kubeConfig: { secretRef: { name: 'hub' } } }
    await target.create(new Cluster({ metadata: { name: 'hub' }, spec: { access } }).toObject())
    const upstream = { cluster: { name: 'hub' }, namespace: 'default' }
    await target.create(new PullSync({ metadata: { name: 'hub' }, spec: { upstream } }).toObject())
  }
  /** What applies the Syncs of the cluster in the cluster, and pulls them if it does. */
  const localManager = (): Manager =>
    new Manager({ store: target, cluster: disturb(target), git, clock, renderers, random: () => 0.5, connect: fleet.connect }).add(
      syncController(),
      ...(pulls ? [pullSyncController()] : []),
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
        : pulls
          ? {}
          : { connect: async (request, more) => more.current ?? disturb(await fleet.connect(request, more)) }),
      ...options,
    })
    manager.events.on('*', (event) => events.push(event))
    manager.add(...controllersOf(kind))
    const stop = new AbortController()
    const local = mirrors ? localManager() : undefined
    const done = Promise.all([manager, local].map((each) => each?.run({ signal: stop.signal })))
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
  const refOf = (name = 'shop'): ObjectRef => ({
    apiVersion: 'fleetkit.dev/v1alpha1',
    kind: mirrors ? 'ProxySync' : kind,
    namespace: 'default',
    name,
  })
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

/** One unit, `shop`, at work on `v1` of these versions for two minutes. */
export async function started(
  member: Member,
  versions: Parameters<typeof repository>[0],
  spec: UnitSpec = {},
): Promise<{ readonly w: FamilyWorld; readonly run: Run }> {
  const w = await familyWorld(member, repository(versions))
  await w.put(spec)
  const run = w.start()
  await w.clock.advance(120_000)
  return { w, run }
}
