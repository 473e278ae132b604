import {
  type ClusterApi,
  type KubeObject,
  type LabelSelector,
  type ObjectRef,
  ownerOf,
  type Store,
  type SyncStatus,
  syncFinalizer,
} from 'fleetkit'
import { type Effect, LeaseWatch, Writes } from '../../internals.ts'
import { lineOf } from './effect.ts'
import {
  inventoryOf,
  isApplied,
  isForced,
  isOrphaning,
  needs,
  rankOf,
  refOfKey,
  specTagOf,
  statusOf,
  syncNameOf,
  tagOf,
  waitsForTermination,
} from './facts.ts'
import type { RestoreEffect } from './remote-cluster.ts'
import { SuspensionWatch } from './suspension-watch.ts'
import { clusterRef, type Unit } from './units.ts'
import { type Content, immutable, type Key, keyOf, kindOrder, typesOf, type VersionedSource, valueIn } from './versions.ts'
import type { Invariant, Violation } from './violation.ts'

/** The true servers of a simulation: behind them is nothing that fails. */
export interface Servers {
  readonly store: Store
  readonly cluster: ClusterApi
  readonly versions: VersionedSource
  readonly unit: Unit
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Others act, just before a write of a manager is carried out. */
  readonly interfere: (method: string, ref: ObjectRef) => Promise<void>
  /** Told of every write that arrives. */
  readonly trace: (line: string) => void
}

/** What comes back while a Sync is being removed is too late for it. A removal takes no longer. */
const removalMostMs = 120_000

/** Sees every write arrive at the servers, one after the other, and says what must not be. */
export class Referee {
  readonly violations: Violation[] = []
  /** Objects that others put in the place of those that were there. */
  readonly swapped: Set<string> = new Set()
  /** Objects whose Sync was deleted and left them, or did not wait for their end. */
  readonly orphaned: Set<string> = new Set()
  /** Objects that came back with a backup, and when: their Sync looks for them once it knows of that. */
  readonly #returned = new Map<string, number>()
  readonly #servers: Servers
  /** The tag that a Sync named, by its uid and generation. */
  readonly #specs = new Map<string, string>()
  readonly #admitted = new Map<string, string>()
  /** When the attempt began that is under way, and when the specification changed last: by the name of a Sync. */
  readonly #started = new Map<string, number>()
  /** The manager whose attempt at a Sync is under way. */
  readonly #underWay = new Map<string, string>()
  readonly #changed = new Map<string, number>()
  /** When the inventory of a Sync changed last: what it lays claim to. */
  readonly #claims = new Map<string, number>()
  /** Deletions out of order, of an attempt that may yet say that it failed. */
  readonly #suspects = new Map<string, string[]>()
  readonly #suspension = new SuspensionWatch()
  readonly #lease: LeaseWatch
  readonly #writes: Writes
  #restoredAt = 0
  #now = 0

  constructor(servers: Servers) {
    this.#servers = servers
    this.#lease = new LeaseWatch(servers.store)
    this.#writes = new Writes({ interfere: servers.interfere, look: (effect) => this.#look(effect) })
  }

  /** A port whose writes are looked at. */
  over<Port extends Store>(port: Port, manager: string): Port {
    return this.#writes.over(port, manager)
  }

  /** An attempt at a Sync begins. */
  started(sync: string, manager: string): void {
    this.#started.set(sync, ++this.#now)
    this.#underWay.set(sync, manager)
    this.#suspects.delete(sync)
  }

  /** Nothing is done for a Sync any more, for now. */
  reconciled(sync: string): void {
    this.#underWay.delete(sync)
  }

  /** An attempt, or a removal, did not come to its end. */
  interrupted(sync: string): void {
    this.#suspects.delete(sync)
    this.#underWay.delete(sync)
  }

  /** Nothing that a manager began comes to its end any more. */
  stopped(manager: string): void {
    for (const [sync, by] of this.#underWay) if (by === manager) this.interrupted(sync)
    // A removal does not say when it begins.
    for (const sync of [...this.#suspects.keys()]) if (!this.#underWay.has(sync)) this.interrupted(sync)
  }

  /** A Sync is as its users want it now. */
  specified(sync: KubeObject): void {
    this.#specs.set(`${sync.metadata.uid}/${sync.metadata.generation}`, specTagOf(sync))
    this.#changed.set(sync.metadata.name, ++this.#now)
  }

  /** The cluster is put back to what it was. Where that does not show, what came back stays, and so does what an earlier restore brought back that shows no more. */
  async restored(restore: () => Promise<RestoreEffect>): Promise<void> {
    // What was terminating and is not any more has come back too.
    const idOf = (object: KubeObject): string =>
      `${object.metadata.uid} ${ownerOf(object)} ${object.metadata.deletionTimestamp === undefined ? 'there' : 'terminating'}`
    const before = new Set((await this.#allObjects()).map(idOf))
    const { shows, hidesEarlier } = await restore()
    this.#restoredAt = ++this.#now
    for (const object of await this.#allObjects()) {
      const { uid = '' } = object.metadata
      const name = syncNameOf(object)
      const isBack = !before.has(idOf(object)) || (hidesEarlier && this.#returned.has(uid))
      if (name === undefined || !isBack) continue
      const sync = await this.sync(name)
      const isLeft = sync === undefined || (!shows && !this.#isKept(sync, object))
      if (isLeft) this.orphaned.add(uid)
      else this.#returned.set(uid, this.#servers.now())
    }
  }

  /** Whether a Sync has an object recorded, and nothing under way that may yet let it go. */
  #isKept(sync: KubeObject, object: KubeObject): boolean {
    const { name, deletionTimestamp } = sync.metadata
    return inventoryOf(statusOf(sync)).has(keyOf(object)) && deletionTimestamp === undefined && !this.#underWay.has(name)
  }

  says(invariant: Invariant, message: string): void {
    this.#servers.trace(`broken: ${invariant}: ${message}`)
    this.violations.push({ invariant, message })
  }

  /** The objects that carry the labels of a Sync. */
  objectsOf(sync: string): Promise<readonly KubeObject[]> {
    return this.#allObjects({ matchLabels: { 'sync.fleetkit.dev/name': sync, 'sync.fleetkit.dev/namespace': 'default' } })
  }

  async #allObjects(labelSelector?: LabelSelector): Promise<readonly KubeObject[]> {
    const { cluster } = this.#servers
    return (await Promise.all(typesOf.map((type) => cluster.list(type, { labelSelector })))).flatMap(({ items }) => items)
  }

  /** Whether the Sync of an object may know nothing of it. */
  #isUnknown({ metadata: { uid = '' } }: KubeObject): boolean {
    return this.orphaned.has(uid) || this.#returned.has(uid)
  }

  sync(name: string): Promise<KubeObject | undefined> {
    return this.#servers.store.get(this.#servers.unit.refOf(name))
  }

  async #look(effect: Effect): Promise<void> {
    this.#now++
    this.#servers.trace(lineOf(effect))
    const late = await this.#lease.faultIn(effect)
    if (late !== undefined) this.says('fencing', late)
    if (this.#servers.unit.type.kind === 'RemoteSync') await this.#lookAtSuspension(effect)
    if (effect.ref.kind === this.#servers.unit.type.kind) await this.#lookAtSync(effect)
    else if (effect.method === 'delete') await this.#lookAtDeletion(effect)
    else if (kindOrder.includes(effect.ref.kind)) await this.#lookAtApply(effect)
  }

  async #lookAtSuspension({ manager, ref, after }: Effect): Promise<void> {
    const now = this.#servers.now()
    if (ref.kind === 'Cluster' && after !== undefined) this.#suspension.saved(manager, after, now)
    if (!kindOrder.includes(ref.kind)) return
    const cluster = await this.#servers.store.get(clusterRef)
    if (cluster !== undefined && this.#suspension.isKnown(manager, cluster, now))
      this.says('suspension', `${manager} has known for long that the cluster is suspended, and wrote ${ref.kind}/${ref.name}`)
  }

  async #lookAtApply({ ref, before, after, fieldManager }: Effect): Promise<void> {
    if (after === undefined) return
    const key = keyOf(after)
    const sync = syncNameOf(after)
    if (before !== undefined) await this.#lookAtOwner(before, after, sync)
    if (sync === undefined) return
    const status = statusOf(await this.sync(sync))
    if (!inventoryOf(status).has(key) && !this.#isUnknown(after))
      this.says('write-ahead', `${key} is written and not in the inventory of ${sync}`)
    if (fieldManager === undefined) return
    const content = this.#servers.versions.contentOf(sync, status.lastAttemptedRevision)
    if (content?.get(key) !== valueIn(after))
      this.says('version', `${ref.name} is written as ${valueIn(after)}, which ${sync} has not in ${status.lastAttemptedRevision}`)
  }

  async #lookAtOwner(before: KubeObject, after: KubeObject, sync: string | undefined): Promise<void> {
    const owner = syncNameOf(before)
    // One that is recorded and was edited in between is still the one that was planned.
    const planned = valueIn(before) === 'edited' && inventoryOf(statusOf(await this.sync(sync ?? ''))).has(keyOf(before))
    if (owner === undefined && !planned && !isApplied(before) && valueIn(before) !== valueIn(after))
      this.says('ownership', `${keyOf(before)} belongs to no one, and ${sync} wrote ${valueIn(after)} over ${valueIn(before)}`)
    if (owner === undefined || owner === sync) return
    const other = await this.sync(owner)
    const since = (this.#changed.get(owner) ?? 0) < (this.#started.get(sync ?? '') ?? 0)
    if (
      other !== undefined &&
      other.metadata.deletionTimestamp === undefined &&
      since &&
      this.#servers.versions.wantedBy(other).has(keyOf(before))
    )
      this.says('ownership', `${keyOf(before)} belongs to ${owner}, which wants it, and ${sync} took it`)
  }

  async #lookAtDeletion({ before, after }: Effect): Promise<void> {
    if (before === undefined || before.metadata.deletionTimestamp !== undefined) return
    if (after !== undefined && after.metadata.uid === before.metadata.uid && after.metadata.deletionTimestamp === undefined) return
    const key = keyOf(before)
    const owner = syncNameOf(before)
    // What the Sync has applied is its own, in whatever way it lost its labels.
    if (owner === undefined && key === immutable && isApplied(before)) return
    if (owner === undefined) {
      const invariant = this.swapped.has(before.metadata.uid ?? '') ? 'uid' : 'ownership'
      return this.says(invariant, `${key} belongs to no one and was deleted`)
    }
    const sync = await this.sync(owner)
    const content = this.#contentOf(sync)
    if (content?.has(key) === true && !(key === immutable && isForced(sync)))
      this.says('ownership', `${key} is in ${statusOf(sync).lastAttemptedRevision} of ${owner} and was deleted`)
    await this.#lookAtOrder(before, owner, content)
  }

  /** What a Sync has of the revision that it says it attempts; nothing when it is being deleted, `undefined` when that is not known. */
  #contentOf(sync: KubeObject | undefined): Content | undefined {
    if (sync === undefined) return new Map()
    const { name, deletionTimestamp } = sync.metadata
    // An attempt that does not know yet that the Sync was deleted goes on with what it attempts.
    if (deletionTimestamp !== undefined) return this.#underWay.has(name) ? undefined : new Map()
    return this.#servers.versions.contentOf(name, statusOf(sync).lastAttemptedRevision)
  }

  async #lookAtOrder(deleted: KubeObject, owner: string, content: Content | undefined): Promise<void> {
    const key = keyOf(deleted)
    const labelled = await this.objectsOf(owner)
    const there = labelled.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    const leaving = [deleted, ...there].filter((object) => content?.has(keyOf(object)) === false)
    if (!leaving.includes(deleted)) return
    const leavings = await this.#leavings(owner, labelled, content)
    const claimed = content?.size === 0 ? new Set() : await this.wantedByOthers(owner)
    const since = this.#started.get(owner) ?? 0
    const foreseen =
      content?.size === 0 ||
      (this.#restoredAt <= since && ![...this.#changed, ...this.#claims].some(([name, at]) => name !== owner && at > since))
    for (const other of leaving) {
      const name = keyOf(other)
      if (other === deleted || claimed.has(name) || !foreseen || this.#isUnknown(other)) continue
      if (needs(other, key)) this.says('order', `${key} is deleted before ${name}, which depends on it`)
      // Those of one kind go together.
      else if (other.kind !== deleted.kind && leavings.every((keys) => rankOf(other, keys) > rankOf(deleted, keys)))
        this.#suspects.set(owner, [...(this.#suspects.get(owner) ?? []), `${key} is deleted before ${name}`])
    }
  }

  /**
   * What leaves a Sync: by its inventory, whosever it is by now; what of that is still there, since others may delete it amid an attempt; with what is found by its
   * labels, as after a restore; and by its labels alone, since what was not there when it was looked for may be another's by now.
   */
  async #leavings(owner: string, labelled: readonly KubeObject[], content: Content | undefined): Promise<readonly ReadonlySet<Key>[]> {
    const leaves = (key: Key): boolean => content?.has(key) === false
    const recorded = [...inventoryOf(statusOf(await this.sync(owner)))].filter(leaves)
    const live = await Promise.all(recorded.map((key) => this.#servers.cluster.get(refOfKey(key))))
    const own = labelled.map(keyOf).filter(leaves)
    return [recorded, recorded.filter((_, index) => live[index] !== undefined), [...recorded, ...own], own].map((keys) => new Set(keys))
  }

  /** An attempt, or a removal, has ended well: what it did is what it meant to do. */
  #ended(sync: string, well: boolean): void {
    if (well) for (const suspect of this.#suspects.get(sync) ?? []) this.says('order', suspect)
    this.#suspects.delete(sync)
    this.#underWay.delete(sync)
  }

  /** What other Syncs are to have, or have recorded: it stays until it is theirs or they have let it go. */
  async wantedByOthers(owner: string): Promise<ReadonlySet<Key>> {
    const { items } = await this.#servers.store.list(this.#servers.unit.type)
    const others = items.filter(({ metadata }) => metadata.name !== owner)
    const wantedBy = (sync: KubeObject): readonly Key[] =>
      sync.metadata.deletionTimestamp === undefined ? [...this.#servers.versions.wantedBy(sync).keys()] : []
    return new Set(others.flatMap((sync) => [...wantedBy(sync), ...inventoryOf(statusOf(sync))]))
  }

  async #lookAtSync({ ref, before, after }: Effect): Promise<void> {
    if (before?.metadata.finalizers?.includes(syncFinalizer) && !after?.metadata.finalizers?.includes(syncFinalizer)) {
      this.#ended(ref.name, true)
      for (const object of await this.objectsOf(ref.name)) {
        const goes = object.metadata.deletionTimestamp !== undefined && !waitsForTermination(before)
        const returnedAt = this.#returned.get(object.metadata.uid ?? '') ?? -Infinity
        const isLate = this.#servers.now() - returnedAt < removalMostMs
        if (goes || isOrphaning(before) || isLate) this.orphaned.add(object.metadata.uid ?? '')
        else if (!this.orphaned.has(object.metadata.uid ?? ''))
          this.says('write-ahead', `${keyOf(object)} is there and ${ref.name}, whose it is, is gone`)
      }
    }
    if ([...inventoryOf(statusOf(before))].join() !== [...inventoryOf(statusOf(after))].join()) this.#claims.set(ref.name, this.#now)
    if (after === undefined || before === undefined) return
    await this.#lookAtInventory(after)
    this.#lookAtClaims(statusOf(before), after)
  }

  async #lookAtInventory(sync: KubeObject): Promise<void> {
    const recorded = inventoryOf(statusOf(sync))
    for (const object of await this.objectsOf(sync.metadata.name))
      if (!recorded.has(keyOf(object)) && !this.#isUnknown(object))
        this.says('write-ahead', `${keyOf(object)} left the inventory of ${sync.metadata.name} and is there`)
  }

  #lookAtClaims(previous: SyncStatus, sync: KubeObject): void {
    const { metadata } = sync
    const status = statusOf(sync)
    const tagAt = (generation: number | undefined): string | undefined => this.#specs.get(`${metadata.uid}/${generation}`)
    const ready = status.conditions?.find(({ type }) => type === 'Ready')
    if (status.observedGeneration !== previous.observedGeneration && tagAt(status.observedGeneration) === undefined)
      this.says('generation', `${metadata.name} claims generation ${status.observedGeneration}, which never was`)
    const succeeded = ready?.status === 'True'
    if (ready?.status !== 'Unknown') this.#ended(metadata.name, succeeded)
    if (succeeded && ready.observedGeneration !== status.observedGeneration)
      this.says(
        'generation',
        `${metadata.name} is Ready for generation ${ready.observedGeneration} and observes ${status.observedGeneration}`,
      )
    if (succeeded && tagOf(status.lastAppliedRevision) !== tagAt(status.observedGeneration))
      this.says('generation', `${metadata.name} claims ${status.lastAppliedRevision} of generation ${status.observedGeneration}`)
    for (const { tag, commit } of status.admitted ?? []) {
      const id = `${metadata.uid}/${tag}`
      const first = this.#admitted.get(id) ?? commit
      this.#admitted.set(id, first)
      if (commit !== first) this.says('exactness', `${metadata.name} admits ${tag} as ${commit}, before it was ${first}`)
    }
    const { lastAppliedRevision: applied } = status
    if (applied !== undefined && applied.split('@sha1:')[1] !== this.#admitted.get(`${metadata.uid}/${tagOf(applied)}`))
      this.says('exactness', `${metadata.name} claims ${applied}, and admitted another commit`)
  }

  /** In turn with what managers write. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#writes.inTurn(work)
  }
}
