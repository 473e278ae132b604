import { type ClusterApi, FleetkitError, type KubeObject, type ObjectRef, ownerOf, requestedAtAnnotation, type Store } from 'fleetkit'
import type { Random } from '../../rollout/simulation/random.ts'
import { refOfKey } from './facts.ts'
import type { Referee } from './referee.ts'
import type { Unit } from './units.ts'
import { immutable, type Key, keyOf, objectOf, syncNames, tags, typesOf, url, type VersionedSource, valueAnnotation } from './versions.ts'

export interface OthersOptions {
  readonly random: Random
  readonly store: Store
  readonly cluster: ClusterApi
  readonly versions: VersionedSource
  readonly referee: Referee
  readonly unit: Unit
  /** Lets something happen to the cluster itself. */
  readonly happen?: (() => Promise<void>) | undefined
  readonly trace: (line: string) => void
}

const heldBy = 'example.com/held'

/** Everybody but the managers: users who change Syncs, people and programs that change what Syncs have applied. */
export class Others {
  readonly #options: OthersOptions
  #requests = 0
  /** Whether they are done. */
  quiet = false

  constructor(options: OthersOptions) {
    this.#options = options
  }

  /** Does one thing. */
  async act(): Promise<void> {
    const { random, happen } = this.#options
    const name = random.pick(syncNames)
    const acts: readonly (readonly [weight: number, act: () => Promise<void>])[] = [
      [6, () => this.respecify(name)],
      [2, () => this.create(name)],
      [1, () => this.deleteSync(name)],
      [1, () => this.request(name)],
      [3, () => this.onAny((object) => this.edit(object))],
      [2, () => this.onAny((object) => this.lose(object))],
      [1, () => this.onAny((object) => this.swap(refOfKey(keyOf(object))))],
      [1, () => this.onAny((object) => this.strip(object))],
      [1, () => this.onAny((object) => this.hold(object))],
      [1, () => this.foreign()],
      [1, () => this.moveTag(random.pick(tags))],
      [happen === undefined ? 0 : 8, async () => happen?.()],
    ]
    let drawn = random.below(acts.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, act] of acts) {
      // In turn with what managers write: the referee tells who did what by what is there before and after.
      if (drawn < weight) return this.#ignoringRefusals(() => this.#options.referee.inTurn(act))
      drawn -= weight
    }
  }

  /** Acts on the very object that a manager is about to write. */
  async interfere(method: string, ref: ObjectRef): Promise<void> {
    const { random } = this.#options
    const drawn = random.next()
    if (this.quiet || ref.kind === 'Cluster') return
    if (drawn > 0.1) return drawn < 0.11 ? this.#options.happen?.() : undefined
    await this.#ignoringRefusals(async () => {
      if (ref.kind === this.#options.unit.type.kind) return drawn < 0.03 ? this.respecify(ref.name) : undefined
      const object = await this.#options.cluster.get(ref)
      if (method === 'delete') return drawn < 0.06 || object === undefined ? this.swap(ref) : this.strip(object)
      if (drawn < 0.01) return this.swap(ref)
      if (object === undefined) return undefined
      return drawn < 0.02 ? this.edit(object) : drawn < 0.03 ? this.lose(object) : undefined
    })
  }

  async create(name: string): Promise<void> {
    this.#options.trace(`a user creates ${name}`)
    const { random, store, referee, unit } = this.#options
    const spec = {
      source: { git: { url, tag: random.pick(tags) } },
      path: `./${name}`,
      prune: true,
      force: true,
      interval: '5m',
      retryInterval: '30s',
      timeout: '20s',
      deletionPolicy: random.pick(['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'] as const),
    }
    referee.specified(await store.create(unit.make(name, spec)))
  }

  async respecify(name: string): Promise<void> {
    this.#options.trace(`a user changes ${name}`)
    const { random, referee } = this.#options
    const source = { git: { url, tag: random.pick(tags) } }
    const changed = await this.#change(name, (sync) => ({ ...sync, spec: { ...(sync.spec as object), source } }))
    if (changed !== undefined) referee.specified(changed)
  }

  async deleteSync(name: string): Promise<void> {
    this.#options.trace(`a user deletes ${name}`)
    const { store, referee } = this.#options
    const left = await store.delete(this.#options.unit.refOf(name))
    if (left !== undefined) referee.specified(left)
  }

  /** A person lets a tag point to another commit. */
  async moveTag(tag: string): Promise<void> {
    const { store, versions, referee, trace } = this.#options
    trace(`a person moves ${tag}`)
    versions.tag(tag)
    for (const name of syncNames) {
      const sync = await store.get(this.#options.unit.refOf(name))
      if (sync !== undefined) referee.specified(sync)
    }
  }

  async request(name: string): Promise<void> {
    const requestedAt = String(++this.#requests)
    await this.#change(name, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [requestedAtAnnotation]: requestedAt } },
    }))
  }

  /** Changes a Sync as it is now: a manager may save its status in between. */
  async #change(name: string, change: (sync: KubeObject) => KubeObject): Promise<KubeObject | undefined> {
    const { store } = this.#options
    for (;;) {
      const sync = await store.get(this.#options.unit.refOf(name))
      if (sync === undefined) return undefined
      try {
        return await store.update(change(sync))
      } catch (error) {
        if (!(error instanceof FleetkitError && error.code === 'store/conflict')) throw error
      }
    }
  }

  async onAny(act: (object: KubeObject) => Promise<void>): Promise<void> {
    const objects = await this.#objects()
    if (objects.length > 0) await act(this.#options.random.pick(objects))
  }

  async edit(object: KubeObject): Promise<void> {
    this.#options.trace(`a person edits ${keyOf(object)}`)
    const annotations = { ...object.metadata.annotations, [valueAnnotation]: 'edited' }
    await this.#options.cluster.update({ ...object, metadata: { ...object.metadata, annotations } }, { fieldManager: 'kubectl-edit' })
  }

  async lose(object: KubeObject): Promise<void> {
    this.#options.trace(`a person deletes ${keyOf(object)}`)
    await this.#options.cluster.delete(refOfKey(keyOf(object)))
  }

  /** An object is deleted, and another program makes one of the same name. */
  async swap(ref: ObjectRef): Promise<void> {
    this.#options.trace(`a person replaces ${ref.kind}/${ref.name}`)
    const { cluster, referee } = this.#options
    const there = await cluster.get(ref)
    if (there?.metadata.finalizers !== undefined) return
    if (there !== undefined) await cluster.delete(ref)
    await this.#applyAsHelm(`${ref.kind}/${ref.name}`)
    const made = await cluster.get(ref)
    if (made?.metadata.uid !== undefined) referee.swapped.add(made.metadata.uid)
  }

  /** A person takes an object out of the hands of its Sync. */
  async strip(object: KubeObject): Promise<void> {
    this.#options.trace(`a person takes ${keyOf(object)} out of its Sync`)
    const labels = Object.fromEntries(Object.entries(object.metadata.labels ?? {}).filter(([label]) => !label.startsWith('sync.')))
    await this.#options.cluster.update({ ...object, metadata: { ...object.metadata, labels } }, { fieldManager: 'kubectl-label' })
  }

  /** A finalizer that is there for a while. */
  async hold(object: KubeObject): Promise<void> {
    this.#options.trace(`a person adds or removes a finalizer of ${keyOf(object)}`)
    const { finalizers = [], deletionTimestamp } = object.metadata
    if (deletionTimestamp !== undefined && !finalizers.includes(heldBy)) return
    const next = finalizers.includes(heldBy) ? finalizers.filter((each) => each !== heldBy) : [...finalizers, heldBy]
    await this.#options.cluster.update({ ...object, metadata: { ...object.metadata, finalizers: next } }, { fieldManager: 'holder' })
  }

  async foreign(): Promise<void> {
    const { random, cluster } = this.#options
    const ref = refOfKey('ConfigMap/theirs')
    const there = await cluster.get(ref)
    if (there === undefined) await this.#applyAsHelm('ConfigMap/theirs')
    else if (ownerOf(there) === undefined && random.chance(0.3)) await cluster.delete(ref)
  }

  /** No finalizer holds anything any more. */
  async letGo(): Promise<void> {
    this.quiet = true
    for (const object of await this.#objects()) if (object.metadata.finalizers?.includes(heldBy)) await this.hold(object)
  }

  async #applyAsHelm(key: Key): Promise<void> {
    await this.#options.cluster.apply([objectOf(key, key === immutable ? 'helm' : 'theirs')], { fieldManager: 'helm' })
  }

  async #objects(): Promise<readonly KubeObject[]> {
    const lists = await Promise.all(typesOf.map((type) => this.#options.cluster.list(type)))
    return lists.flatMap(({ items }) => items)
  }

  /** What the server refuses a person is no matter of ours. */
  async #ignoringRefusals(act: () => Promise<void> | undefined): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!(error instanceof FleetkitError)) throw error
    }
  }
}
