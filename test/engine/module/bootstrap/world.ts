import {
  assemblageController,
  Cluster,
  clusterController,
  type FleetEvent,
  getCondition,
  type KubeObject,
  Manager,
  Module,
  type ModuleInput,
  type ModuleStatus,
  moduleController,
  type ObjectRef,
  type RemoteSyncSpec,
  type RolloutController,
  type RolloutControllerOptions,
  remoteAssemblageController,
  remoteSyncController,
  rolloutController,
  type Store,
  Sync,
  type SyncStatus,
  syncController,
} from 'fleetkit'
import { BootstrapModule, type BootstrapModuleInput, bootstrapModuleControllers, handOverAnnotation } from 'fleetkit/bootstrap-module'
import { assemblageKind, definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryFleet, memoryGit, memoryStore, type RestorableCluster } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { running, type Stop } from '../../running.ts'
import { intercepted } from '../../sync/scenarios.ts'

export const apiVersion = 'fleetkit.dev/v1alpha1'
export const namespace = 'fleet'
export const url = 'https://git.example.com/agent.git'
export const shopUrl = 'https://git.example.com/shop.git'
export const minute = 60_000
/** The namespace in the clusters, and the Sync there that takes over. */
export const home = 'fleetkit'
export const handOver: NonNullable<BootstrapModuleInput['spec']['handOver']> = { sync: { namespace: home, name: 'management' } }

export const refOf = (kind: string, name: string): ObjectRef => ({ apiVersion, kind, namespace, name })
export const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: home, name })
export const syncRef: ObjectRef = { apiVersion, kind: 'Sync', ...handOver.sync }

/** What is applied of a tag: what a cluster needs to work with Syncs, and a setting by which the version is seen. */
export function filesOf(tag: string): Readonly<Record<string, string>> {
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } },
    definitionOf(syncKind),
    definitionOf(assemblageKind),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: home }, data: { of: tag } },
  ]
  return Object.fromEntries(objects.map((object, at) => [`${at}.json`, JSON.stringify(object)]))
}

/** The same with the Sync of itself. */
export function selfFilesOf(tag: string): Readonly<Record<string, string>> {
  const spec = { source: { git: { url, tag } }, prune: true, wait: true, interval: '1m', timeout: '1m', deletionPolicy: 'Orphan' } as const
  return { ...filesOf(tag), 'self.json': JSON.stringify(new Sync({ metadata: handOver.sync, spec })) }
}

type Spec = Partial<Omit<BootstrapModuleInput['spec'], 'source'>> & { readonly tag?: string }

/** A management, and bare clusters. Nothing is at work in one before a test says so. */
export class BootstrapWorld {
  readonly clock: VirtualClock = new VirtualClock()
  readonly store: Store = memoryStore({ clock: this.clock })
  readonly fleet: ReturnType<typeof memoryFleet> = memoryFleet({ clock: this.clock })
  readonly git: ReturnType<typeof memoryGit> = memoryGit()
  readonly events: FleetEvent[] = []
  /** Writes of the managers of the management to its store, as `update RemoteSync agent-a-…`. */
  readonly writes: string[] = []
  /** Throws it, or not, before a write of a manager of the management to its store. */
  fault: ((kind: string) => void) | undefined
  rollouts: RolloutController = rolloutController()

  constructor() {
    this.git.tag(shopUrl, 'v1', this.git.commit(shopUrl, { 'shop.json': JSON.stringify(shopMap) }))
  }

  /** Versions of what is applied. */
  versions(files: (tag: string) => Readonly<Record<string, string>>, ...tags: readonly string[]): void {
    for (const tag of tags) this.git.tag(url, tag, this.git.commit(url, files(tag)))
  }

  manage(options: RolloutControllerOptions = {}, without?: 'rollouts' | 'remotesync'): Stop {
    this.rollouts = rolloutController(options)
    const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'lease', 'close'])
    const store = intercepted(this.store, (method, [first]) => {
      const object = first as KubeObject & ObjectRef
      if (reads.has(method)) return
      this.fault?.(object?.kind)
      this.writes.push(`${method} ${object?.kind} ${object?.metadata?.name ?? object?.name}`)
    })
    const manager = new Manager({ store, git: this.git, connect: this.fleet.connect, clock: this.clock, random: () => 0.5 })
    manager.events.on('*', (event) => void this.events.push(event))
    manager.add(clusterController(), remoteAssemblageController(), moduleController())
    if (without !== 'remotesync') manager.add(remoteSyncController())
    if (without !== 'rollouts') manager.add(this.rollouts)
    return running(manager.add(...bootstrapModuleControllers()), this.clock)
  }

  /** The controllers in a cluster, as what is applied there would start them. */
  work(name: string): Stop {
    const cluster = this.cluster(name)
    const manager = new Manager({ store: cluster, cluster, git: this.git, clock: this.clock, random: () => 0.5 })
    return running(manager.add(syncController(), assemblageController()), this.clock)
  }

  cluster(name: string): RestorableCluster {
    return this.fleet.cluster(name)
  }

  async clusters(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.fleet.cluster(name)
      const spec = { access: { kubeConfig: { secretRef: { name } } } }
      await this.store.create(new Cluster({ metadata: { name, namespace, labels: { name } }, spec }).toObject())
    }
  }

  /** Creates a BootstrapModule, or changes its spec. */
  async bootstrap({ tag = 'v1', ...spec }: Spec = {}, name = 'agent'): Promise<void> {
    const given = { source: { git: { url, tag } }, clusters: {}, timeout: '1m', ...spec }
    await this.#put(new BootstrapModule({ metadata: { name, namespace }, spec: given }).toObject())
  }

  async module(name: string, spec: Partial<ModuleInput['spec']> = {}): Promise<void> {
    const given = { source: { git: { url: shopUrl, tag: 'v1' } }, clusters: {}, ...spec }
    await this.#put(new Module({ metadata: { name, namespace }, spec: given }).toObject())
  }

  async #put(wanted: KubeObject): Promise<void> {
    const present = await this.store.get(refOf(wanted.kind, wanted.metadata.name))
    if (present === undefined) await this.store.create(wanted)
    else await this.store.update({ ...present, spec: wanted.spec })
  }

  async status(name = 'agent', kind = 'BootstrapModule'): Promise<Partial<ModuleStatus>> {
    return ((await this.store.get(refOf(kind, name)))?.status ?? {}) as Partial<ModuleStatus>
  }

  /** The RemoteSyncs, by cluster. */
  async direct(): Promise<Readonly<Record<string, KubeObject>>> {
    const { items } = await this.store.list({ apiVersion, kind: 'RemoteSync' }, { namespace })
    return Object.fromEntries(items.map((object) => [(object.spec as unknown as RemoteSyncSpec).cluster.name, object]))
  }

  /** The phases that the rollout of a BootstrapModule has gone through. */
  get phases(): readonly string[] {
    const events = this.events as unknown as readonly {
      readonly type: string
      readonly phase: string
      readonly module: { readonly kind: string }
    }[]
    return events.flatMap(({ type, phase, module }) => (type === 'rollout.progress' && module.kind === 'BootstrapModule' ? [phase] : []))
  }

  /** How far a cluster has taken over, and whether something is applied directly. */
  async handedOver(cluster = 'a'): Promise<string> {
    const object = (await this.direct())[cluster]
    const text = object?.metadata.annotations?.[handOverAnnotation]
    const { state } = text === undefined ? { state: 'nothing' } : (JSON.parse(text) as { state: string })
    return (object?.spec as RemoteSyncSpec | undefined)?.suspend === true ? `${state}, suspended` : state
  }

  /** What a setting in a cluster says. */
  async setting(cluster: string): Promise<unknown> {
    return ((await this.cluster(cluster).get(mapRef('settings')))?.data as { readonly of?: unknown } | undefined)?.of
  }

  async syncThere(cluster = 'a'): Promise<{ readonly ready?: string | undefined; readonly revision?: string | undefined }> {
    const { conditions, lastAppliedRevision } = ((await this.cluster(cluster).get(syncRef))?.status ?? {}) as SyncStatus
    return { ready: getCondition(conditions, 'Ready')?.status, revision: lastAppliedRevision }
  }

  /** The states that clusters went through. */
  get states(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'module.hand-over' ? [(event as unknown as { readonly state: string }).state] : [],
    )
  }
}

const shopMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop', namespace: 'default' }, data: { x: '1' } }
