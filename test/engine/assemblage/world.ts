import {
  Assemblage,
  type AssemblageInput,
  type AssemblageStatus,
  type AssembledSyncStatus,
  assemblageController,
  type ClusterApi,
  type Condition,
  type Driver,
  type FleetEvent,
  getCondition,
  type KubeObject,
  Manager,
  type ObjectRef,
  type Store,
  syncController,
} from 'fleetkit'
import { assemblageKind, definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryCluster, memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { running, type Stop } from '../running.ts'
import { configMap, intercepted, url } from '../sync/scenarios.ts'

export const apiVersion = 'fleetkit.dev/v1alpha1'
export const namespace = 'default'
export const assemblageRef: ObjectRef = { apiVersion, kind: 'Assemblage', namespace, name: 'eu' }
export const syncRef = (name: string): ObjectRef => ({ apiVersion, kind: 'Sync', namespace, name: `eu-${name}` })
export const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })

/** What an Assemblage specifies, where it is not what it was before. */
export type Spec = Partial<AssemblageInput['spec']>
export type SyncInput = AssemblageInput['spec']['syncs'][number]
const git = memoryGit()
export const commits: readonly [string, string] = [1, 2].map((version) =>
  git.commit(url, Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}/map.yaml`, configMap(name, { version: `${version}` })]))),
) as [string, string]
/** A version that cannot be read. */
export const bad: string = git.commit(url, { 'b/map.yaml': '{' })

export const sync = (name: string, commit: string = commits[0], more: Partial<SyncInput> = {}): SyncInput => ({
  name,
  source: { git: { url, commit } },
  path: `./${name}`,
  prune: true,
  timeout: '20s',
  ...more,
})
/** c depends on b, and b on a. */
export const chain = (commit: string = commits[0]): readonly SyncInput[] => [
  sync('c', commit, { dependsOn: [{ name: 'b' }] }),
  sync('b', commit, { dependsOn: [{ name: 'a' }] }),
  sync('a', commit),
]

/** One cluster, in which an Assemblage is looked after. */
export interface World {
  readonly clock: VirtualClock
  readonly cluster: ClusterApi
  /** Writes of the controller of the Assemblage, as `method name`. */
  readonly writes: string[]
  /** Its reads, likewise. */
  readonly reads: string[]
  readonly events: FleetEvent[]
  fault: ((method: string, object: any, options: any) => void | Promise<void>) | undefined
  /** Until it resolves the manager of the Assemblage sees no change of a Sync. */
  lag: Promise<void> | undefined
  /** Starts the manager of the Assemblage, or the one that applies Syncs. */
  readonly store: Store
  readonly manage: (drivers?: readonly Driver[], store?: Store) => Stop
  readonly apply: () => Stop
  readonly put: (spec?: Spec, annotations?: Record<string, string>) => Promise<KubeObject>
  readonly status: () => Promise<AssemblageStatus>
  readonly ready: () => Promise<Condition | undefined>
  readonly sync: (name: string) => Promise<AssembledSyncStatus | undefined>
  readonly version: (name: string) => Promise<unknown>
}

/** @param store - one that is no cluster is enough where nothing applies the Syncs */
export async function world(clock: VirtualClock = new VirtualClock(), store: Store = memoryCluster({ clock })): Promise<World> {
  const cluster = store as ClusterApi
  if ('apply' in cluster) await cluster.apply([syncKind, assemblageKind].map(definitionOf), { fieldManager: 'setup' })
  const state: Pick<World, 'fault' | 'lag'> = { fault: undefined, lag: undefined }
  const [writes, reads, events]: [string[], string[], FleetEvent[]] = [[], [], []]
  const run = (manager: Manager): Stop => {
    manager.events.on('*', (event) => events.push(event))
    return running(manager, clock)
  }
  const told = intercepted(cluster, async (method, [first, options]) => {
    await state.fault?.(method, first, options)
    const name = (first?.metadata ?? first)?.name
    const part = options?.subresource === undefined ? '' : `/${options.subresource}`
    if (['create', 'update', 'delete', 'apply'].includes(method)) writes.push(`${method} ${name}${part}`)
    if (['get', 'list'].includes(method)) reads.push(`${method} ${name ?? first.kind}`)
  })
  const lagging = new Proxy(told, {
    get(target, property) {
      if (property !== 'watch') return Reflect.get(target, property, target)
      return async function* (...[type, options]: Parameters<ClusterApi['watch']>) {
        for await (const event of target.watch(type, options)) {
          if (type.kind === 'Sync') await state.lag
          yield event
        }
      }
    },
  })
  const status = async (): Promise<AssemblageStatus> => ((await cluster.get(assemblageRef))?.status ?? {}) as AssemblageStatus
  return Object.assign(state, {
    clock,
    cluster,
    writes,
    reads,
    events,
    status,
    store: lagging,
    manage: (drivers?: readonly Driver[], store: Store = lagging) =>
      run(new Manager({ store, clock, random: () => 0.5 }).add(assemblageController({ drivers }))),
    apply: () =>
      run(new Manager({ store: cluster, cluster, git, clock, renderers: [plainRenderer()], random: () => 0.5 }).add(syncController())),
    async put(spec: Spec = {}, annotations: Record<string, string> = {}) {
      const kept = await cluster.get(assemblageRef)
      const before = kept?.spec as AssemblageInput['spec'] | undefined
      const wanted = new Assemblage({ metadata: { name: 'eu', annotations }, spec: { syncs: chain(), ...before, ...spec } }).toObject()
      if (kept === undefined) return cluster.create(wanted)
      return cluster.update({
        ...kept,
        metadata: { ...kept.metadata, annotations: { ...kept.metadata.annotations, ...annotations } },
        spec: wanted.spec,
      })
    },
    ready: async () => getCondition((await status()).conditions, 'Ready'),
    sync: async (name: string) => (await status()).syncs?.find((each) => each.name === name),
    version: async (name: string) => ((await cluster.get(mapRef(name)))?.data as { version?: string } | undefined)?.version,
  })
}
