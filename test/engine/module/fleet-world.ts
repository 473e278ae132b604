import {
  Cluster,
  type FleetEvent,
  Informer,
  type KubeObject,
  Manager,
  type ManagerOptions,
  Module,
  type ModuleInput,
  type ModuleStatus,
  moduleController,
  type ObjectRef,
  type RemoteAssemblageSpec,
  type RemoteAssemblageStatus,
  type RolloutController,
  type RolloutControllerOptions,
  rolloutController,
  type Store,
} from 'fleetkit'
import { memoryGit, memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { type Assigned, reported } from '../../internals.ts'
import { running, type Stop } from '../running.ts'
import { configMap, intercepted, url } from '../sync/scenarios.ts'

export const apiVersion = 'fleetkit.dev/v1alpha1'
export const namespace = 'fleet'
export const refOf = (kind: string, name: string): ObjectRef => ({ apiVersion, kind, namespace, name })

/** What becomes of what a cluster is assigned; `undefined`: nothing yet. */
export type Answer = (cluster: string, module: Assigned) => 'Ready' | 'Failed' | undefined

export type ModuleSpec = Partial<Omit<ModuleInput['spec'], 'source'>> & Pick<ModuleInput['spec']['source']['git'], 'tag' | 'promoteFrom'>

const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'lease', 'close'])

/** A management whose clusters are no more than what they answer: statuses of their RemoteAssemblages. */
export class FleetWorld implements AsyncDisposable {
  readonly clock: VirtualClock = new VirtualClock()
  readonly store: Store = memoryStore({ clock: this.clock })
  readonly git: ReturnType<typeof memoryGit> = memoryGit()
  readonly events: FleetEvent[] = []
  /** Writes of the managers that reached the store, as `create Rollout shop`. */
  readonly writes: string[] = []
  /** Throws it, or not, before a call of a manager to the store. */
  fault: ((method: string, what: string) => void) | undefined
  /** With what every call of git fails. */
  gitFault: Error | undefined
  answer: Answer = () => 'Ready'
  /** How many updates were in progress at once at most, by what was stored. */
  mostUpdating = 0
  rollouts: RolloutController = rolloutController()
  readonly #informer = new Informer({ store: this.store, type: { apiVersion, kind: 'RemoteAssemblage' }, clock: this.clock })
  #answers: Promise<void> = Promise.resolve()

  constructor() {
    for (const tag of ['v1', 'v2', 'v3']) this.git.tag(url, tag, this.git.commit(url, { 'map.yaml': configMap('shop', { tag }) }))
    this.#informer.subscribe(({ type, object }) => {
      this.mostUpdating = Math.max(this.mostUpdating, this.#updating)
      if (type !== 'DELETED') this.#answers = this.#answers.then(() => this.#report(object.metadata.name))
    })
    this.#informer.start()
  }

  manage(options: RolloutControllerOptions = {}, manager: Partial<ManagerOptions> = {}): Stop {
    this.rollouts = rolloutController(options)
    const store = intercepted(this.store, (method, [first]) => {
      const object = first as KubeObject & ObjectRef
      const what = `${object?.kind} ${object?.metadata?.name ?? object?.name}`
      this.fault?.(method, what)
      if (!reads.has(method)) this.writes.push(`${method} ${what}`)
    })
    const git = intercepted(this.git, () => {
      if (this.gitFault !== undefined) throw this.gitFault
    })
    const made = new Manager({ store, git, clock: this.clock, random: () => 0.5, ...manager })
    made.events.on('*', (event) => void this.events.push(event))
    return running(made.add(moduleController(), this.rollouts), this.clock)
  }

  async clusters(names: readonly string[], labels: (name: string) => Readonly<Record<string, string>> = () => ({})): Promise<void> {
    for (const name of names) {
      const spec = { access: { kubeConfig: { secretRef: { name } } } }
      await this.store.create(new Cluster({ metadata: { name, namespace, labels: labels(name) }, spec }).toObject())
      await this.reach(name, true)
    }
  }

  /** Says whether a cluster can be reached. */
  async reach(name: string, ok: boolean): Promise<void> {
    const object = (await this.store.get(refOf('Cluster', name))) as KubeObject
    const lastTransitionTime = new Date(this.clock.now()).toISOString()
    const ready = {
      type: 'Ready',
      status: ok ? 'True' : 'False',
      reason: ok ? 'Reachable' : 'Unreachable',
      message: '',
      lastTransitionTime,
    }
    await this.store.update({ ...object, status: { conditions: [ready] } }, { subresource: 'status' })
  }

  /** Creates a Module, or changes its spec. */
  async module(name: string, { tag = 'v1', promoteFrom, ...spec }: ModuleSpec = {}): Promise<KubeObject> {
    const source = { git: promoteFrom === undefined ? { url, tag } : { url, promoteFrom } }
    const wanted = new Module({ metadata: { name, namespace }, spec: { source, clusters: {}, ...spec } }).toObject()
    const present = await this.store.get(refOf('Module', name))
    return present === undefined ? this.store.create(wanted) : this.store.update({ ...present, spec: wanted.spec })
  }

  async annotate(kind: string, name: string, annotations: Readonly<Record<string, string>>): Promise<void> {
    const { metadata, ...object } = (await this.store.get(refOf(kind, name))) as KubeObject
    await this.store.update({
      ...object,
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
    } as KubeObject)
  }

  async status(name: string): Promise<Partial<ModuleStatus>> {
    return ((await this.store.get(refOf('Module', name)))?.status ?? {}) as Partial<ModuleStatus>
  }

  /** The tag that each cluster is assigned of a Module. */
  async assigned(module: string): Promise<Readonly<Record<string, string>>> {
    const { items } = await this.store.list({ apiVersion, kind: 'RemoteAssemblage' }, { namespace })
    const found: Record<string, string> = {}
    for (const { metadata, spec } of items) {
      const entry = (spec as RemoteAssemblageSpec).modules?.find(({ name }) => name === module)
      if (entry !== undefined) found[metadata.name] = await this.tagOf(entry.revision)
    }
    return found
  }

  async tagOf(revision: string): Promise<string> {
    const { spec } = (await this.store.get(refOf('ModuleRevision', revision))) as KubeObject
    return (spec as { readonly source: { readonly git: { readonly tag: string } } }).source.git.tag
  }

  /** Answers again, as after the answers have changed. */
  async answerAgain(): Promise<void> {
    for (const { metadata } of this.#informer.list()) await this.#report(metadata.name)
  }

  /** What the cluster of a RemoteAssemblage says of each module that it is assigned. */
  async #report(name: string): Promise<void> {
    const object = await this.store.get(refOf('RemoteAssemblage', name))
    if (object === undefined) return
    const { modules = [] } = object.spec as RemoteAssemblageSpec
    const phases = modules.flatMap((module): [Assigned, 'Ready' | 'Failed'][] => {
      const phase = this.answer(name, module)
      return phase === undefined ? [] : [[module, phase]]
    })
    const next = reported(object, new Map(phases), this.clock.now())
    if (next !== undefined) await this.store.update(next, { subresource: 'status' })
  }

  /** How many modules have no outcome of what clusters are assigned. */
  get #updating(): number {
    return this.#informer.list().reduce((sum, { spec, status }) => {
      const { modules: seen = [] } = (status ?? {}) as Partial<RemoteAssemblageStatus>
      const { modules = [] } = spec as RemoteAssemblageSpec
      return (
        sum + modules.filter(({ name, generation }) => !seen.some((each) => each.name === name && each.generation === generation)).length
      )
    }, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#informer.close()
  }
}
