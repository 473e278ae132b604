import {
  type ClusterStatus,
  confirmOlderAnnotation,
  type KubeObject,
  mirrorDeletionAnnotation,
  type PullSyncStatus,
  type Store,
} from 'fleetkit'
import type { RestorableCluster } from 'fleetkit/memory'
import { type Effect, LeaseWatch, Writes, type WritesOptions } from '../../../internals.ts'
import { specTagOf } from '../facts.ts'
import { valueIn } from '../versions.ts'
import type { Invariant, Violation } from '../violation.ts'
import { EchoWatch } from './echo-watch.ts'
import {
  copyRefOf,
  keeperIn,
  keeperOf,
  proxyNames,
  proxyRefOf,
  proxySpecOf,
  proxyStatusOf,
  pullRef,
  syncType,
  witnessOf,
  writeIn,
} from './facts.ts'
import { lineOf } from './line-of.ts'

/** The true servers of a simulation: behind them is nothing that fails. */
export interface MirrorServers {
  readonly store: RestorableCluster
  /** By the names of their Clusters. */
  readonly clusters: ReadonlyMap<string, RestorableCluster>
  /** Whether the clusters connect to the management. */
  readonly pulls: boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly interfere: WritesOptions['interfere']
  readonly trace: (line: string) => void
}

/** What comes back while a ProxySync is being removed is too late for it. A removal takes no longer. */
const removalMostMs = 120_000
const mirrorFinalizer = 'fleetkit.dev/mirror'

/** Sees every write arrive at a management and at its clusters, and says what must not be. */
export class MirrorReferee {
  readonly violations: Violation[] = []
  /** By the cluster and the name: Syncs that others have suspended, which leave their objects when they are deleted. */
  readonly suspended: Set<string> = new Set()
  readonly #servers: MirrorServers
  readonly #writes: Writes
  readonly #lease: LeaseWatch
  readonly #echoes = new EchoWatch()
  /** Syncs that the management has made or taken over, or that others have made in its name, and those of them that it keeps, by their uids. */
  readonly #everKept = new Set<string>()
  readonly #kept = new Set<string>()
  /** Syncs of which the management may know nothing, by their uids: made by others in its name, or lost with what it has lost. */
  readonly #unknown = new Set<string>()
  /** Those of them that it has lost, by a restore. */
  readonly #lost = new Set<string>()
  /** When each cluster was restored last. */
  readonly #restoredAt = new Map<string, number>()
  /** Until when each ProxySync that was deleted counts as deleted, by its name, whatever a restore of the management brings back. */
  readonly #deletedUntil = new Map<string, number>()
  /** Who kept a Sync when its cluster gave it a resourceVersion. A restored cluster gives one again, and a write by what was read before is taken. */
  readonly #keepers = new Map<string, string | undefined>()
  /** Syncs that were written since the last restore, by their uids. */
  readonly #written = new Set<string>()

  constructor(servers: MirrorServers) {
    this.#servers = servers
    this.#lease = new LeaseWatch(servers.store)
    this.#writes = new Writes({ interfere: servers.interfere, look: (effect) => this.#look(effect) })
  }

  over<Port extends Store>(port: Port, manager: string): Port {
    return this.#writes.over(port, manager)
  }

  /** In turn with what managers write. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#writes.inTurn(work)
  }

  says(invariant: Invariant, message: string): void {
    this.#servers.trace(`broken: ${invariant}: ${message}`)
    this.violations.push({ invariant, message })
  }

  /** A ProxySync is as its users want it now. */
  specified(proxy: KubeObject): void {
    this.#echoes.ordered(proxy)
  }

  /** A ProxySync was deleted by a user, and is gone at once. From inside the cluster its Sync is removed later. */
  async deleted(proxy: KubeObject): Promise<void> {
    this.#deletedUntil.set(proxy.metadata.name, this.#servers.now() + removalMostMs)
    if ((await this.#servers.store.get(proxyRefOf(proxy.metadata.name))) !== undefined) return
    if (!this.#servers.pulls) return this.#lookAtRemoval(proxy)
    // To what takes the Syncs it looks as if the restore had lost it: it names the Sync, and leaves it.
    if (await this.#restoreShows()) await this.#findUnknown()
  }

  /** Others have made a Sync that says that the management keeps it. */
  made(copy: KubeObject): void {
    const { uid = '' } = copy.metadata
    this.#unknown.add(uid)
    this.#kept.add(uid)
    this.#everKept.add(uid)
  }

  async clusterRestored(name: string): Promise<void> {
    this.#echoes.restored(name)
    this.#written.clear()
    this.#restoredAt.set(name, this.#servers.now())
    if (!(await this.#restoreShows())) this.#lost.clear()
    const { items } = (await this.#servers.clusters.get(name)?.list(syncType)) ?? { items: [] }
    // What the management had let go of is back as one that it keeps.
    for (const copy of items) if (keeperIn(copy) === keeperOf(copy.metadata.name)) this.#kept.add(copy.metadata.uid ?? '')
    await this.#findUnknown()
  }

  /** The management is put back to what it was. */
  async managementRestored(): Promise<void> {
    this.#lease.restored()
    this.#written.clear()
    for (const uid of this.#everKept) this.#kept.add(uid)
    // What could not be reached since the deletion goes by what it read before the restore, and removes only now.
    for (const name of this.#deletedUntil.keys()) this.#deletedUntil.set(name, this.#servers.now() + removalMostMs)
    for (const name of proxyNames) {
      const proxy = await this.#servers.store.get(proxyRefOf(name))
      if (proxy !== undefined) this.#echoes.orderedBefore(proxy)
    }
    const uids = await this.#findUnknown()
    if (await this.#restoreShows()) for (const uid of uids) this.#lost.add(uid)
  }

  /** Whether what takes the Syncs knows, or can see, that the management was restored: of the reports that it counts too many are not there. */
  async #restoreShows(): Promise<boolean> {
    const [server] = this.#servers.clusters.values()
    const pull = this.#servers.pulls ? await server?.get(pullRef) : undefined
    const { upstream } = (pull?.status ?? {}) as PullSyncStatus
    const cluster = await this.#servers.store.get({ ...pullRef, kind: 'Cluster', name: upstream?.cluster ?? '' })
    const { identity } = (cluster?.status ?? {}) as ClusterStatus
    return upstream !== undefined && (upstream.restoredAt !== undefined || (identity?.counter ?? 0) < upstream.counter - 1)
  }

  /** The Syncs in a cluster that say that a ProxySync keeps them which is not there, and is known to have been. */
  async abandoned(): Promise<readonly KubeObject[]> {
    const found = await this.#copiesWithout(() => false)
    return found.filter(({ metadata }) => !this.#unknown.has(metadata.uid ?? ''))
  }

  /** What no ProxySync keeps, or one that does not hold on to it yet. */
  async #findUnknown(): Promise<readonly string[]> {
    const found = await this.#copiesWithout((proxy) => !isHeld(proxy))
    const uids = found.map(({ metadata }) => metadata.uid ?? '')
    for (const uid of uids) this.#unknown.add(uid)
    return uids
  }

  async #copiesWithout(counts: (proxy: KubeObject) => boolean): Promise<readonly KubeObject[]> {
    const found: KubeObject[] = []
    for (const [cluster, server] of this.#servers.clusters)
      for (const copy of (await server.list(syncType)).items) {
        const { name } = copy.metadata
        const proxy = await this.#servers.store.get(proxyRefOf(name))
        const isHere = proxy !== undefined && proxySpecOf(proxy).cluster.name === cluster
        if (keeperIn(copy) === keeperOf(name) && (!isHere || counts(proxy))) found.push(copy)
      }
    return found
  }

  async #look(effect: Effect): Promise<void> {
    const { server, ref, manager } = effect
    const cluster = this.#nameOf(server)
    this.#servers.trace(lineOf(cluster ?? 'management', effect))
    if (cluster !== undefined) return ref.kind === 'Sync' ? this.#lookAtCopy(cluster, effect) : undefined
    // What works in a cluster has its lease there.
    const late = manager.startsWith('pull-') ? undefined : await this.#lease.faultIn(effect)
    if (late !== undefined) this.says('fencing', `${late}, as ${manager}`)
    if (ref.kind === 'Cluster') this.#lookAtCluster(effect)
    if (ref.kind === 'ProxySync') await this.#lookAtProxy(effect)
  }

  #nameOf(server: Store): string | undefined {
    return [...this.#servers.clusters].find(([, each]) => each === server)?.[0]
  }

  #lookAtCluster({ ref, after }: Effect): void {
    const { restoredAt } = ((after?.status ?? {}) as ClusterStatus).identity ?? {}
    if (restoredAt !== undefined) this.#echoes.knows(ref.name, restoredAt)
  }

  async #lookAtProxy({ before, after }: Effect): Promise<void> {
    if (before !== undefined && isHeld(before) && (after === undefined || !isHeld(after))) await this.#lookAtRemoval(before)
    if (after === undefined) return
    const { copy } = proxyStatusOf(after)
    if (copy?.uid !== undefined) this.#unknown.delete(copy.uid)
    const fault = this.#echoes.faultIn(before, after)
    if (fault !== undefined) this.says('echo', fault)
  }

  async #lookAtRemoval(proxy: KubeObject): Promise<void> {
    const { name } = proxy.metadata
    const { name: cluster } = proxySpecOf(proxy).cluster
    const copy = await this.#servers.clusters.get(cluster)?.get(copyRefOf(name))
    const { uid = '' } = copy?.metadata ?? {}
    if (keeperIn(copy) !== keeperOf(name) || this.#unknown.has(uid)) return
    // A management that was restored has not heard of it yet. What takes the Syncs finds it, and tells.
    const isUnheard = this.#servers.pulls && !this.#written.has(uid)
    if (isUnheard && (await this.#restoreShows())) this.#lost.add(uid)
    const isLate = isUnheard || this.#servers.now() - (this.#restoredAt.get(cluster) ?? -Infinity) < removalMostMs
    if (isLate) this.#unknown.add(uid)
    else this.says('removal', `${name} is gone, and its Sync is still in ${cluster}`)
  }

  async #lookAtCopy(cluster: string, effect: Effect): Promise<void> {
    const { manager, before, after, ref } = effect
    const versionOf = (copy: KubeObject): string => `${cluster}/${ref.name}/${copy.metadata.resourceVersion}`
    const isGivenAgain = before !== undefined && (this.#keepers.get(versionOf(before)) ?? keeperIn(before)) !== keeperIn(before)
    if (after !== undefined) this.#keepers.set(versionOf(after), keeperIn(after))
    if (manager.startsWith(cluster)) {
      const witness = await this.#servers.clusters.get(cluster)?.get(witnessOf(ref.name))
      if (after !== undefined) this.#echoes.reported(after, witness && valueIn(witness))
      return
    }
    const proxy = await this.#servers.store.get(proxyRefOf(ref.name))
    if (before !== undefined && !isGivenAgain) this.#lookAtKeeper(before, proxy)
    const isGone = after === undefined || after.metadata.uid !== before?.metadata.uid || isGoing(after)
    if (before !== undefined && !isGoing(before) && isGone) this.#lookAtEnd(before, proxy, 'Delete')
    if (after === undefined || effect.method === 'delete') return
    const { uid = '' } = after.metadata
    if (keeperIn(after) === undefined) {
      this.#lookAtEnd(before ?? after, proxy, 'Orphan')
      this.#kept.delete(uid)
      return
    }
    this.#lookAtVersion(before, after, proxy)
    this.#kept.add(uid)
    this.#everKept.add(uid)
    this.#written.add(uid)
    this.#unknown.delete(uid)
  }

  /** What belongs to no one, or to someone else, is neither written nor deleted. */
  #lookAtKeeper(before: KubeObject, proxy: KubeObject | undefined): void {
    const { name, uid = '' } = before.metadata
    const keeper = keeperIn(before)
    if (keeper !== undefined && keeper !== keeperOf(name)) this.says('ownership', `the Sync ${name} is kept by ${keeper}, and was written`)
    if (keeper === undefined && !this.#kept.has(uid) && proxySpecOf(proxy)?.adopt !== true)
      this.says('ownership', `the Sync ${name} is kept by no one, and was written`)
  }

  #lookAtEnd({ metadata }: KubeObject, proxy: KubeObject | undefined, policy: 'Delete' | 'Orphan'): void {
    const { name, uid = '', annotations = {} } = metadata
    const { deletionPolicy = 'Delete' } = proxySpecOf(proxy) ?? {}
    // From inside a cluster one is removed that the management no longer has, unless it has lost it.
    const { [mirrorDeletionAnnotation]: own = 'Delete' } = annotations
    if (this.#servers.pulls && proxy === undefined && own === policy && !this.#lost.has(uid)) return
    // It works on while the management is restored, as it was before.
    const wasDeleted = this.#servers.now() < (this.#deletedUntil.get(name) ?? -Infinity)
    if (this.#servers.pulls && wasDeleted && own === policy) return
    if (proxy === undefined || !isGoing(proxy) || deletionPolicy !== policy)
      this.says('ownership', `the Sync ${name} was ${policy === 'Delete' ? 'deleted' : 'left'}, and its ProxySync does not say so`)
  }

  /** No old version is written after a new one, unless a person has said so. */
  #lookAtVersion(before: KubeObject | undefined, after: KubeObject, proxy: KubeObject | undefined): void {
    const { name, uid = '' } = after.metadata
    const [was, is] = [writeIn(before), writeIn(after)]
    if (is === undefined) return
    const wanted = this.#echoes.tagOf(is)
    // What takes the Syncs works on while the management is restored, as that was before.
    const isOfBefore = this.#servers.pulls && this.#echoes.wasWanted(specTagOf(after), is)
    if (wanted !== specTagOf(after) && !isOfBefore)
      this.says('version', `${name} is written as ${specTagOf(after)} in the generation of ${wanted}`)
    const isConfirmed = proxy?.metadata.annotations?.[confirmOlderAnnotation] === String(was?.generation)
    if (was !== undefined && was.uid === is.uid && was.generation > is.generation && this.#written.has(uid) && !isConfirmed)
      this.says('version', `${name} is written in generation ${is.generation}, after ${was.generation}`)
  }
}

const isHeld = ({ metadata }: KubeObject): boolean => metadata.finalizers?.includes(mirrorFinalizer) === true
const isGoing = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined
