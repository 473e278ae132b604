import { type ClusterApi, type KubeObject, type ObjectRef, ownerOf, type Store, type SyncStatus, syncFinalizer } from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import {
  apiVersionOf,
  type Content,
  dependencies,
  immutable,
  type Key,
  keyOf,
  kindOrder,
  typesOf,
  type VersionedSource,
  valueIn,
} from './versions.ts'

/** What must hold after every write, whatever fails. */
export type Invariant =
  /** What carries the labels of a Sync is in its recorded inventory. */
  | 'write-ahead'
  /** What belongs to no one, or to another Sync that wants it, is neither written nor deleted. */
  | 'ownership'
  /** No object is deleted but the one that was looked at. */
  | 'uid'
  /** Kinds are deleted in the reverse of their order, and nothing before what depends on it. */
  | 'order'
  /** A status claims no generation or revision that was not attempted. */
  | 'generation'
  /** A tag is the commit that it was first admitted as. */
  | 'exactness'
  /** What is written is of the revision that the status says is being attempted. */
  | 'version'
  /** Nothing arrives of a manager once its successor has written. */
  | 'fencing'
  /** When the faults end, everything comes to what is wanted. */
  | 'convergence'

export interface Violation {
  readonly invariant: Invariant
  readonly message: string
}

/** The true servers of a simulation: behind them is nothing that fails. */
export interface Servers {
  readonly store: Store
  readonly cluster: ClusterApi
  readonly versions: VersionedSource
  /** Others act, just before a write of a manager is carried out. */
  readonly interfere: (method: string, ref: ObjectRef) => Promise<void>
  /** Told of every write that arrives. */
  readonly trace: (line: string) => void
}

export const syncRefOf = (name: string): ObjectRef => ({ apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'default', name })
export const refOfKey = (key: Key): ObjectRef => {
  const [kind = '', name = ''] = key.split('/')
  return { apiVersion: apiVersionOf(kind), kind, namespace: 'default', name }
}
const leaseRef = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'leader' }
const inventoryOf = (status: SyncStatus): ReadonlySet<Key> =>
  new Set(parseInventory(status.inventory).map(({ kind, name }) => `${kind}/${name}`))
const statusOf = (sync: KubeObject | undefined): SyncStatus => (sync?.status ?? {}) as SyncStatus
const tagOf = (revision: string | undefined): string => revision?.split('@')[0] ?? ''
const specTagOf = (sync: KubeObject): string =>
  (sync.spec as { readonly source: { readonly git: { readonly tag: string } } }).source.git.tag
const syncNameOf = (owner: string | undefined): string | undefined => owner?.split('/')[1]

/** One write, before and after it. */
interface Effect {
  readonly manager: string
  readonly method: string
  readonly fieldManager: string | undefined
  readonly ref: ObjectRef
  readonly before: KubeObject | undefined
  readonly after: KubeObject | undefined
}

/** Sees every write arrive at the servers, one after the other, and says what must not be. */
export class Referee {
  readonly violations: Violation[] = []
  /** Objects that others put in the place of those that were there. */
  readonly swapped: Set<string> = new Set()
  /** Objects whose Sync was deleted and left them, or did not wait for their end. */
  readonly orphaned: Set<string> = new Set()
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
  #lastWriter: { readonly holder: string; readonly term: number } | undefined
  #now = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(servers: Servers) {
    this.#servers = servers
  }

  /** A port whose writes are looked at. */
  over<Port extends Store>(port: Port, manager: string): Port {
    const writes: ReadonlySet<string> = new Set(['apply', 'create', 'update', 'delete'])
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        const method = member.bind(target) as (...parameters: any[]) => unknown
        if (typeof property === 'symbol' || !writes.has(property)) return method
        return (first: unknown, options: any) =>
          options?.dryRun === true
            ? method(first, options)
            : this.inTurn(() => this.#write(port, manager, property, method, first, options))
      },
    })
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

  says(invariant: Invariant, message: string): void {
    this.#servers.trace(`broken: ${invariant}: ${message}`)
    this.violations.push({ invariant, message })
  }

  /** The objects that carry the labels of a Sync. */
  async objectsOf(sync: string): Promise<readonly KubeObject[]> {
    const { cluster } = this.#servers
    const labelSelector = { matchLabels: { 'sync.fleetkit.dev/name': sync, 'sync.fleetkit.dev/namespace': 'default' } }
    return (await Promise.all(typesOf.map((type) => cluster.list(type, { labelSelector })))).flatMap(({ items }) => items)
  }

  sync(name: string): Promise<KubeObject | undefined> {
    return this.#servers.store.get(syncRefOf(name))
  }

  async #write(
    port: Store,
    manager: string,
    method: string,
    call: (...parameters: any[]) => unknown,
    first: any,
    options: any,
  ): Promise<unknown> {
    const refs: readonly ObjectRef[] =
      method === 'delete'
        ? [first]
        : [first].flat().map(({ apiVersion, kind, metadata: { namespace, name } }) => ({ apiVersion, kind, namespace, name }))
    const isLease = refs.some(({ kind }) => kind === 'Lease')
    if (!isLease) for (const ref of refs) await this.#servers.interfere(method, ref)
    const before = await Promise.all(refs.map((ref) => port.get(ref)))
    try {
      return await call(first, options)
    } finally {
      const after = await Promise.all(refs.map((ref) => port.get(ref)))
      for (const [index, ref] of refs.entries()) {
        const effect = { manager, method, fieldManager: options?.fieldManager, ref, before: before[index], after: after[index] }
        if (!isLease && effect.before?.metadata.resourceVersion !== effect.after?.metadata.resourceVersion) await this.#look(effect)
      }
    }
  }

  async #look(effect: Effect): Promise<void> {
    this.#now++
    this.#servers.trace(lineOf(effect))
    await this.#lookAtLease(effect)
    if (effect.ref.kind === 'Sync') await this.#lookAtSync(effect)
    else if (effect.method === 'delete') await this.#lookAtDeletion(effect)
    else if (kindOrder.includes(effect.ref.kind)) await this.#lookAtApply(effect)
  }

  async #lookAtLease({ manager, ref }: Effect): Promise<void> {
    const lease = await this.#servers.store.get(leaseRef)
    const { holderIdentity: holder, leaseTransitions: term } = (lease?.spec ?? {}) as { holderIdentity?: string; leaseTransitions?: number }
    if (holder === manager) this.#lastWriter = { holder, term: term ?? 0 }
    else if (this.#lastWriter !== undefined && this.#lastWriter.term === term && this.#lastWriter.holder === holder)
      this.says('fencing', `${manager} wrote ${ref.kind}/${ref.name} after ${holder} had written in term ${term}`)
  }

  async #lookAtApply({ ref, before, after, fieldManager }: Effect): Promise<void> {
    if (after === undefined) return
    const key = keyOf(after)
    const sync = syncNameOf(ownerOf(after))
    if (before !== undefined) await this.#lookAtOwner(before, after, sync)
    if (sync === undefined) return
    const status = statusOf(await this.sync(sync))
    if (!inventoryOf(status).has(key) && !this.orphaned.has(after.metadata.uid ?? ''))
      this.says('write-ahead', `${key} is written and not in the inventory of ${sync}`)
    if (fieldManager === undefined) return
    const content = this.#servers.versions.contentOf(sync, status.lastAttemptedRevision)
    if (content?.get(key) !== valueIn(after))
      this.says('version', `${ref.name} is written as ${valueIn(after)}, which ${sync} has not in ${status.lastAttemptedRevision}`)
  }

  async #lookAtOwner(before: KubeObject, after: KubeObject, sync: string | undefined): Promise<void> {
    const owner = syncNameOf(ownerOf(before))
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
    const owner = syncNameOf(ownerOf(before))
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
    const there = (await this.objectsOf(owner)).filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    const leaving = [deleted, ...there].filter((object) => content?.has(keyOf(object)) === false)
    if (!leaving.includes(deleted)) return
    const keys = await this.#recordedAndLive(owner, content)
    const claimed = content?.size === 0 ? new Set() : await this.wantedByOthers(owner)
    const since = this.#started.get(owner) ?? 0
    const foreseen = content?.size === 0 || ![...this.#changed, ...this.#claims].some(([name, at]) => name !== owner && at > since)
    for (const other of leaving) {
      const name = keyOf(other)
      if (other === deleted || claimed.has(name) || !foreseen) continue
      if (needs(other, key)) this.says('order', `${key} is deleted before ${name}, which depends on it`)
      // Those of one kind go together.
      else if (other.kind !== deleted.kind && rankOf(other, keys) > rankOf(deleted, keys))
        this.#suspects.set(owner, [...(this.#suspects.get(owner) ?? []), `${key} is deleted before ${name}`])
    }
  }

  /** What leaves a Sync by its inventory, whosever it is by now, or by its labels when it has none. */
  async #recordedAndLive(owner: string, content: Content | undefined): Promise<ReadonlySet<Key>> {
    const status = statusOf(await this.sync(owner))
    const inventory = status.inventory === undefined ? (await this.objectsOf(owner)).map(keyOf) : [...inventoryOf(status)]
    const recorded = inventory.filter((key) => content?.has(key) === false)
    const live = await Promise.all(recorded.map((key) => this.#servers.cluster.get(refOfKey(key))))
    return new Set(recorded.filter((_, index) => live[index] !== undefined))
  }

  /** An attempt, or a removal, has ended well: what it did is what it meant to do. */
  #ended(sync: string, well: boolean): void {
    if (well) for (const suspect of this.#suspects.get(sync) ?? []) this.says('order', suspect)
    this.#suspects.delete(sync)
    this.#underWay.delete(sync)
  }

  /** What other Syncs are to have, or have recorded: it stays until it is theirs or they have let it go. */
  async wantedByOthers(owner: string): Promise<ReadonlySet<Key>> {
    const { items } = await this.#servers.store.list({ apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' })
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
        if (goes || isOrphaning(before)) this.orphaned.add(object.metadata.uid ?? '')
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
      if (!recorded.has(keyOf(object)) && !this.orphaned.has(object.metadata.uid ?? ''))
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

  /** The servers carry out one write at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }
}

function lineOf({ manager, method, ref, before, after }: Effect): string {
  const sayOf = (object: KubeObject | undefined): string => {
    if (object === undefined) return 'nothing'
    const { generation, deletionTimestamp, uid } = object.metadata
    const going = deletionTimestamp === undefined ? '' : ' terminating'
    if (object.kind !== 'Sync') return `${uid} ${valueIn(object)} of ${syncNameOf(ownerOf(object))}${going}`
    const status = statusOf(object)
    const ready = status.conditions?.find(({ type }) => type === 'Ready')
    const attempted = `${tagOf(status.lastAttemptedRevision)} ${ready?.status} ${ready?.reason} at ${status.observedGeneration}`
    return `${uid} ${generation}: ${specTagOf(object)}${going}; ${attempted}, ${[...inventoryOf(status)].join()}`
  }
  return `${manager} ${method} ${ref.kind}/${ref.name}: ${sayOf(before)} -> ${sayOf(after)}`
}

function needs(object: KubeObject, key: Key): boolean {
  return dependencies.get(keyOf(object)) === key && object.metadata.annotations?.['config.kubernetes.io/depends-on'] !== undefined
}

/** Higher goes first: what depends on something that goes too, then the kinds that were applied last. */
function rankOf(object: KubeObject, leaving: ReadonlySet<Key>): number {
  const needed = dependencies.get(keyOf(object))
  const level = needed !== undefined && leaving.has(needed) && needs(object, needed) ? 1 : 0
  return level * kindOrder.length + kindOrder.indexOf(object.kind)
}

function isApplied({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith('fleetkit:'))
}

function isForced(sync: KubeObject | undefined): boolean {
  return (sync?.spec as { readonly force?: boolean } | undefined)?.force === true
}

function waitsForTermination({ spec }: KubeObject): boolean {
  return (spec as { readonly deletionPolicy?: string }).deletionPolicy === 'WaitForTermination'
}

function isOrphaning(sync: KubeObject): boolean {
  const { deletionPolicy, suspend } = sync.spec as { readonly deletionPolicy?: string; readonly suspend?: boolean }
  return deletionPolicy === 'Orphan' || suspend === true
}
