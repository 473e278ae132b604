import {
  confirmOlderAnnotation,
  FleetkitError,
  getCondition,
  type KubeObject,
  mirrorOwnerAnnotation,
  type ObjectRef,
  ProxySync,
  type ProxySyncStatus,
  requestedAtAnnotation,
  type Store,
} from 'fleetkit'
import type { ClusterBackup, RestorableCluster } from 'fleetkit/memory'
import type { Random } from '../../../rollout/simulation/random.ts'
import type { RemoteCluster } from '../remote-cluster.ts'
import { tags, url } from '../versions.ts'
import { copyRefOf, keeperOf, proxyNames, proxyRefOf, proxySpecOf, syncType } from './facts.ts'
import type { MirrorReferee } from './referee.ts'

export interface ProxyOthersOptions {
  readonly random: Random
  readonly store: RestorableCluster
  readonly clusters: ReadonlyMap<string, RestorableCluster>
  readonly remotes: ReadonlyMap<string, RemoteCluster>
  readonly referee: MirrorReferee
  /** How often the management is backed up, and restored; 1 is seldom. */
  readonly backups: number
  /** The processes of the management end with what they know: it is another one. */
  readonly restart: () => void
  readonly trace: (line: string) => void
}

type Disturbance = (this: ProxyOthers, server: RestorableCluster, copy: KubeObject, named: string) => Promise<void>

const heldBy = 'example.com/held'
const otherKeeper = 'ProxySync:m2:default/other'

/** Everybody but the managers: users who change ProxySyncs, people and programs in the clusters, and who restores what was backed up. */
export class ProxyOthers {
  readonly #options: ProxyOthersOptions
  readonly #backups: ClusterBackup[] = []
  #requests = 0
  /** Whether they are done. */
  quiet = false

  constructor(options: ProxyOthersOptions) {
    this.#options = options
  }

  /** Does one thing. */
  async act(): Promise<void> {
    const { random, remotes, backups } = this.#options
    const name = random.pick(proxyNames)
    const [cluster, remote] = random.pick([...remotes])
    const acts: readonly (readonly [weight: number, act: () => Promise<void>])[] = [
      [6, () => this.respecify(name)],
      [3, () => this.create(name)],
      [2, () => this.deleteProxy(name)],
      [1, () => this.request(name)],
      [1, () => this.suspend(name)],
      [6, () => this.disturb(cluster, name)],
      [2, () => this.foreign(cluster, name)],
      [6, () => remote.happen()],
      [3, () => remote.backUpOrRestore()],
      [backups, async () => this.#backUp()],
      [backups, () => this.#restore()],
    ]
    let drawn = random.below(acts.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, act] of acts) {
      // In turn with what managers write: the referee tells who did what by what is there before and after.
      if (drawn < weight) return this.#ignoringRefusals(() => this.#options.referee.inTurn(act))
      drawn -= weight
    }
  }

  /** Acts on the very object that a manager is about to write. */
  async interfere(method: string, ref: ObjectRef, server: Store): Promise<void> {
    const { random, clusters, remotes, store } = this.#options
    const drawn = random.next()
    if (this.quiet || drawn > (method === 'delete' ? 0.3 : 0.1)) return
    const cluster = [...clusters].find(([, each]) => each === server)?.[0]
    await this.#ignoringRefusals(async () => {
      if (ref.kind === 'Sync' && cluster !== undefined)
        return method === 'delete'
          ? this.disturb(cluster, ref.name, [this.#handOver])
          : drawn < 0.04
            ? remotes.get(cluster)?.backUp()
            : drawn < 0.09
              ? this.disturb(cluster, ref.name)
              : undefined
      if (server !== store || ref.kind !== 'ProxySync') return undefined
      if (drawn < 0.02) return this.#backUp()
      return drawn < 0.04 ? this.respecify(ref.name) : drawn < 0.05 ? this.deleteProxy(ref.name) : undefined
    })
  }

  async create(name: string): Promise<void> {
    this.#options.trace(`a user creates ${name}`)
    const { random, store, clusters, referee } = this.#options
    const sync = {
      source: { git: { url, tag: random.pick(tags) } },
      path: `./${name}`,
      prune: true,
      interval: '5m',
      retryInterval: '30s',
      timeout: '20s',
      deletionPolicy: random.pick(['MirrorPrune', 'Delete', 'WaitForTermination'] as const),
    }
    const spec = {
      cluster: { name: random.pick([...clusters.keys()]) },
      template: { spec: sync },
      edits: random.chance(0.7) ? 'Correct' : 'Report',
      adopt: random.chance(0.3),
      deletionPolicy: random.chance(0.7) ? 'Delete' : 'Orphan',
    } as const
    referee.specified(await store.create(new ProxySync({ metadata: { name, namespace: 'default' }, spec }).toObject()))
  }

  async respecify(name: string): Promise<void> {
    const tag = this.#options.random.pick(tags)
    this.#options.trace(`a user changes ${name} to ${tag}`)
    await this.#respecify(name, ({ template, ...spec }) => ({
      ...spec,
      template: { ...template, spec: { ...template.spec, source: { git: { url, tag } } } },
    }))
  }

  async suspend(name: string, suspend: boolean = this.#options.random.chance(0.5)): Promise<void> {
    this.#options.trace(`a user ${suspend ? 'suspends' : 'resumes'} ${name}`)
    await this.#respecify(name, (spec) => ({ ...spec, suspend }))
  }

  async deleteProxy(name: string): Promise<void> {
    this.#options.trace(`a user deletes ${name}`)
    const { store, referee } = this.#options
    const proxy = await store.get(proxyRefOf(name))
    if (proxy === undefined) return
    await store.delete(proxyRefOf(name))
    await referee.deleted(proxy)
  }

  async request(name: string): Promise<void> {
    const requestedAt = String(++this.#requests)
    await this.#change(name, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [requestedAtAnnotation]: requestedAt } },
    }))
  }

  /** Something is done to a Sync in its cluster. */
  async disturb(cluster: string, name: string, disturbances: readonly Disturbance[] = this.#disturbances): Promise<void> {
    const { random, clusters } = this.#options
    const server = clusters.get(cluster) as RestorableCluster
    const copy = await server.get(copyRefOf(name))
    if (copy === undefined) return
    await random.pick(disturbances).call(this, server, copy, `${name} in ${cluster}`)
  }

  /** Others have a Sync of the name, of their own or of another management. */
  async foreign(cluster: string, name: string): Promise<void> {
    const { random, clusters, trace } = this.#options
    const server = clusters.get(cluster) as RestorableCluster
    const there = await server.get(copyRefOf(name))
    if (there !== undefined && there.metadata.annotations?.[mirrorOwnerAnnotation] !== keeperOf(name)) {
      trace(`others delete their ${name} in ${cluster}`)
      await server.delete(copyRefOf(name))
    }
    if (there !== undefined) return
    trace(`others make a Sync ${name} in ${cluster}`)
    const annotations = random.chance(0.3) ? { [mirrorOwnerAnnotation]: otherKeeper } : {}
    const spec = { source: { git: { url, tag: random.pick(tags) } }, path: `./${name}`, prune: true, interval: '5m' }
    await server.create({ ...syncType, metadata: { name, namespace: 'default', annotations }, spec }, { fieldManager: 'helm' })
  }

  /** Nothing is held by others any more. */
  async letGo(): Promise<void> {
    this.quiet = true
    for (const name of proxyNames) await this.suspend(name, false)
    for (const [cluster, server] of this.#options.clusters)
      for (const name of proxyNames)
        await this.#options.referee.inTurn(async () => {
          const copy = await server.get(copyRefOf(name))
          if (copy?.metadata.finalizers?.includes(heldBy)) await this.#hold(server, copy, `${name} in ${cluster}`)
        })
  }

  /** People say that what the management has is to count, though it is from a backup. */
  async confirmOlder(): Promise<void> {
    const { store, referee, trace } = this.#options
    for (const name of proxyNames) {
      const proxy = await store.get(proxyRefOf(name))
      const ready = getCondition((proxy?.status as ProxySyncStatus | undefined)?.conditions, 'Ready')
      const generation = ready?.reason === 'SourceIsOlder' && /confirmOlder=(\d+)/.exec(ready.message)?.[1]
      if (proxy === undefined || !generation || proxy.metadata.annotations?.[confirmOlderAnnotation] === generation) continue
      trace(`a person confirms that ${name} replaces what is of generation ${generation}`)
      const annotations = { ...proxy.metadata.annotations, [confirmOlderAnnotation]: generation }
      await this.#ignoringRefusals(() =>
        referee.inTurn(async () => {
          await store.update({ ...proxy, metadata: { ...proxy.metadata, annotations } })
        }),
      )
    }
  }

  get #disturbances(): readonly Disturbance[] {
    return [this.#edit, this.#edit, this.#strip, this.#handOver, this.#lose, this.#lose, this.#remake, this.#hold]
  }

  async #edit(server: RestorableCluster, copy: KubeObject, named: string): Promise<void> {
    const { random, referee, trace } = this.#options
    const change = random.pick<object>([{ source: { git: { url, tag: random.pick(tags) } } }, { retryInterval: '3s' }, { suspend: true }])
    if ('suspend' in change) referee.suspended.add(named)
    trace(`a person edits ${named}: ${JSON.stringify(change)}`)
    await server.update({ ...copy, spec: { ...(copy.spec as object), ...change } } as KubeObject, { fieldManager: 'kubectl-edit' })
  }

  /** A person takes away who keeps it. */
  async #strip(server: RestorableCluster, copy: KubeObject, named: string): Promise<void> {
    this.#options.trace(`a person takes ${named} from who keeps it`)
    const { [mirrorOwnerAnnotation]: _, ...annotations } = copy.metadata.annotations ?? {}
    await server.update({ ...copy, metadata: { ...copy.metadata, annotations } }, { fieldManager: 'kubectl-edit' })
  }

  /** Another management takes it over. */
  async #handOver(server: RestorableCluster, copy: KubeObject, named: string): Promise<void> {
    this.#options.trace(`another management takes over ${named}`)
    const annotations = { ...copy.metadata.annotations, [mirrorOwnerAnnotation]: otherKeeper }
    await server.update({ ...copy, metadata: { ...copy.metadata, annotations } }, { fieldManager: 'fleetkit:other' })
  }

  async #lose(server: RestorableCluster, { metadata: { name } }: KubeObject, named: string): Promise<void> {
    this.#options.trace(`a person deletes ${named}`)
    await server.delete(copyRefOf(name))
  }

  /** A program that backs up single objects puts one back, with its status. */
  async #remake(server: RestorableCluster, copy: KubeObject, named: string): Promise<void> {
    const { trace, referee } = this.#options
    trace(`a program deletes ${named} and puts it back`)
    const { name } = copy.metadata
    const { uid: _, resourceVersion: _version, deletionTimestamp, ...metadata } = copy.metadata
    if (deletionTimestamp !== undefined) return
    const bare = await server.update({ ...copy, metadata: { ...copy.metadata, finalizers: [] } })
    await server.delete(copyRefOf(name), { uid: bare.metadata.uid })
    const made = await server.create({ ...copy, metadata } as KubeObject, { fieldManager: 'velero' })
    referee.made(made)
    if (copy.status !== undefined) await server.update({ ...made, status: copy.status }, { subresource: 'status' })
  }

  /** A finalizer that is there for a while. */
  async #hold(server: RestorableCluster, copy: KubeObject, named: string): Promise<void> {
    this.#options.trace(`a person adds or removes a finalizer of ${named}`)
    const { finalizers = [], deletionTimestamp } = copy.metadata
    if (deletionTimestamp !== undefined && !finalizers.includes(heldBy)) return
    const next = finalizers.includes(heldBy) ? finalizers.filter((each) => each !== heldBy) : [...finalizers, heldBy]
    await server.update({ ...copy, metadata: { ...copy.metadata, finalizers: next } }, { fieldManager: 'holder' })
  }

  #backUp(): void {
    this.#options.trace('the management is backed up')
    this.#backups.push(this.#options.store.backUp())
  }

  async #restore(): Promise<void> {
    const { random, store, referee, remotes, restart, trace } = this.#options
    if (this.#backups.length === 0) return
    trace('the management is restored')
    restart()
    store.restore(random.pick(this.#backups))
    for (const remote of remotes.values()) await remote.renewAccess()
    await referee.managementRestored()
  }

  async #respecify(name: string, change: (spec: ReturnType<typeof proxySpecOf>) => object): Promise<void> {
    const changed = await this.#change(name, (proxy) => ({ ...proxy, spec: change(proxySpecOf(proxy)) }) as KubeObject)
    if (changed !== undefined) this.#options.referee.specified(changed)
  }

  /** Changes a ProxySync as it is now: a manager may save its status in between. */
  async #change(name: string, change: (proxy: KubeObject) => KubeObject): Promise<KubeObject | undefined> {
    const { store } = this.#options
    for (;;) {
      const proxy = await store.get(proxyRefOf(name))
      if (proxy === undefined) return undefined
      try {
        return await store.update(change(proxy))
      } catch (error) {
        if (!(error instanceof FleetkitError && error.code === 'store/conflict')) throw error
      }
    }
  }

  /** What the server refuses a person is no matter of ours. */
  async #ignoringRefusals(act: () => Promise<void> | void): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!(error instanceof FleetkitError)) throw error
    }
  }
}
