import type { KubeObject, ModuleSpec, RemoteAssemblageSpec, RemoteAssemblageStatus, Store } from 'fleetkit'
import type { Invariant, Violation } from '../violation.ts'

const minute = 60_000
/** For how long what was planned before may still arrive. */
const lateMs = 2 * minute

interface Pair {
  /** The generation of the newest assignment, and of the newest one that had an outcome. */
  generation: number
  outcome: number
  revision: string
  /** Whether nothing of it was there any more. */
  isGone: boolean
}

export interface FleetRefereeOptions {
  readonly store: Store
  readonly now: () => number
  /** How many updates may be in progress at once in the fleet. */
  readonly budget: number
  readonly trace: (line: string) => void
}

/** Looks at every object as it is stored, and at nothing that a manager knows: whether it was right to assign what is assigned. */
export class FleetReferee {
  readonly violations: Violation[] = []
  readonly #options: FleetRefereeOptions
  /** By uid of the cluster and Module. */
  readonly #pairs: Map<string, Pair> = new Map()
  /** By uid of a cluster, since when it cannot be reached. */
  readonly #lost: Map<string, number> = new Map()
  /** By name, the uid of each cluster that there is. */
  readonly #clusters: Map<string, string> = new Map()
  /** By name, the modules that each cluster was assigned last. */
  readonly #assigned: Map<string, ReadonlySet<string>> = new Map()
  /** By uid of the cluster and Module, what was ready there, and when that ended. */
  readonly #ready: Map<string, number | undefined> = new Map()
  /** When each cluster was edited last. */
  readonly #edited: Map<string, number> = new Map()
  #braked: number | undefined

  constructor(options: FleetRefereeOptions) {
    this.#options = options
  }

  says(invariant: Invariant, message: string): void {
    this.#options.trace(`VIOLATION ${invariant}: ${message}`)
    this.violations.push({ invariant, message })
  }

  /** The handbrake was pulled or released. */
  brake(isOn: boolean): void {
    this.#braked = isOn ? this.#options.now() : undefined
  }

  /** A person has taken something out of what a cluster is assigned. */
  edited(cluster: string): void {
    this.#edited.set(cluster, this.#options.now())
  }

  clusterSeen(object: KubeObject | undefined, name: string): void {
    const uid = object?.metadata.uid
    if (object === undefined || uid === undefined) {
      this.#clusters.delete(name)
      return
    }
    this.#clusters.set(name, uid)
    const { conditions } = (object.status ?? {}) as { readonly conditions?: readonly { readonly status: string }[] }
    if (conditions?.[0]?.status === 'True') this.#lost.delete(uid)
    else if (!this.#lost.has(uid)) this.#lost.set(uid, this.#options.now())
  }

  async assemblageSeen(object: KubeObject): Promise<void> {
    const { now, budget, store } = this.#options
    const { name, annotations } = object.metadata
    const uid = this.#clusters.get(name)
    if (uid === undefined || annotations?.['fleet.fleetkit.dev/cluster-uid'] !== uid) return
    const { modules = [] } = object.spec as RemoteAssemblageSpec
    const { modules: seen = [] } = (object.status ?? {}) as RemoteAssemblageStatus
    await this.#checkRemovals(name, modules)
    this.#noteReady(uid, seen)
    for (const { name: module, revision, generation } of modules) {
      const known = this.#pairs.get(`${uid} ${module}`)
      // What others took out is given back as it was; otherwise it begins anew.
      const pair = known?.isGone && !(known.generation === generation && known.revision === revision) ? undefined : known
      if (pair !== undefined) pair.isGone = false
      if (pair !== undefined && generation < pair.generation)
        this.says('generation', `${module} on ${name} is assigned ${generation} after ${pair.generation}`)
      if (pair?.generation === generation) {
        if (pair.revision !== revision) this.says('generation', `${module} on ${name} is assigned another revision as ${generation}`)
        continue
      }
      this.#pairs.set(`${uid} ${module}`, { generation, outcome: pair?.outcome ?? 0, revision, isGone: false })
      this.#options.trace(`${name} is assigned ${revision} (${generation})`)
      const lostAt = this.#lost.get(uid)
      if (lostAt !== undefined && now() - lostAt > lateMs) this.says('reach', `${module} is assigned to ${name}, which cannot be reached`)
      if (this.#braked !== undefined && now() - this.#braked > lateMs) this.says('handbrake', `${module} is assigned to ${name}`)
      // One that has the revision, and failed, is tried again whatever it needs.
      for (const need of pair?.revision === revision ? [] : await this.#needsOf(revision, store))
        if (!this.#isEdited(name) && !this.#wasReady(uid, need)) this.says('order', `${module} is assigned to ${name} without ${need}`)
    }
    for (const { name: module, generation } of seen) {
      const pair = this.#pairs.get(`${uid} ${module}`)
      if (pair !== undefined) pair.outcome = Math.max(pair.outcome, generation)
    }
    for (const [key, pair] of this.#pairs) {
      const isOf = ({ name: module }: { readonly name: string }): boolean => key === `${uid} ${module}`
      if (!key.startsWith(`${uid} `) || modules.some(isOf)) continue
      // What is not assigned any more is not updating.
      pair.outcome = pair.generation
      pair.isGone = !seen.some(isOf)
    }
    const there = new Set(this.#clusters.values())
    const updating = [...this.#pairs].filter(
      ([key, { generation, outcome }]) => outcome < generation && there.has(key.split(' ')[0] as string),
    )
    // One that is to be removed takes part of no budget any more.
    const counted = updating.length <= budget ? [] : await this.#wantedOf(updating.map(([key]) => key))
    if (counted.length > budget) this.says('budget', `${counted.length} are updating, ${budget} may be: ${counted.join(', ')}`)
  }

  /** What others need on a cluster is taken from it after them. */
  async #checkRemovals(cluster: string, modules: readonly { readonly name: string; readonly revision: string }[]): Promise<void> {
    const names = new Set(modules.map(({ name }) => name))
    const gone = [...(this.#assigned.get(cluster) ?? [])].filter((name) => !names.has(name))
    this.#assigned.set(cluster, names)
    if (gone.length === 0 || this.#isEdited(cluster)) return
    for (const { name, revision } of modules)
      for (const need of await this.#needsOf(revision, this.#options.store))
        if (gone.includes(need)) this.says('order', `${need} is taken from ${cluster} before ${name}`)
  }

  /** Since when what was ready on a cluster is so no longer; `undefined` while it is. */
  #noteReady(uid: string, seen: NonNullable<RemoteAssemblageStatus['modules']>): void {
    const ready = new Set(seen.flatMap(({ name, phase }) => (phase === 'Ready' ? [`${uid} ${name}`] : [])))
    for (const key of ready) this.#ready.set(key, undefined)
    for (const [key, endedAt] of this.#ready)
      if (key.startsWith(`${uid} `) && endedAt === undefined && !ready.has(key)) this.#ready.set(key, this.#options.now())
  }

  /** Whether a module is ready on a cluster, or was when what arrives now was planned. */
  #wasReady(uid: string, module: string): boolean {
    const key = `${uid} ${module}`
    const endedAt = this.#ready.get(key)
    return this.#ready.has(key) && (endedAt === undefined || this.#options.now() - endedAt < lateMs)
  }

  #isEdited(cluster: string): boolean {
    return this.#options.now() - (this.#edited.get(cluster) ?? Number.NEGATIVE_INFINITY) < lateMs
  }

  /** Those whose Module selects their cluster. */
  async #wantedOf(keys: readonly string[]): Promise<readonly string[]> {
    const { store } = this.#options
    const names = new Map([...this.#clusters].map(([name, uid]) => [uid, name]))
    const get = (kind: string, name: string): Promise<KubeObject | undefined> =>
      store.get({ apiVersion: 'fleetkit.dev/v1alpha1', kind, namespace: 'fleet', name })
    const wanted = await Promise.all(
      keys.map(async (key) => {
        const [uid = '', name = ''] = key.split(' ')
        const [module, cluster] = await Promise.all([get('Module', name), get('Cluster', names.get(uid) ?? '')])
        const { clusters } = (module?.spec ?? {}) as Partial<ModuleSpec>
        const tier = clusters?.matchLabels?.tier
        // What is given back after an edit is in progress whatever else is.
        if (this.#isEdited(names.get(uid) ?? '')) return false
        return module?.metadata.deletionTimestamp === undefined && (tier === undefined || tier === cluster?.metadata.labels?.tier)
      }),
    )
    return keys.filter((_, index) => wanted[index])
  }

  async #needsOf(revision: string, store: Store): Promise<readonly string[]> {
    const found = await store.get({ apiVersion: 'fleetkit.dev/v1alpha1', kind: 'ModuleRevision', namespace: 'fleet', name: revision })
    return ((found?.spec as Pick<ModuleSpec, 'dependsOn'> | undefined)?.dependsOn ?? []).map(({ name }) => name)
  }
}
