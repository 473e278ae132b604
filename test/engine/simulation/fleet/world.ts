import {
  Cluster,
  hasCode,
  type KubeObject,
  Manager,
  Module,
  type ModuleInput,
  type ModuleStatus,
  moduleController,
  type ObjectRef,
  type RemoteAssemblageSpec,
  rolloutController,
  type Store,
} from 'fleetkit'
import { retryAnnotation } from 'fleetkit/fleet'
import { memoryGit, memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { formatEvent } from 'fleetkit/views'
import { drawFaults, type Equipment, Processes } from '../../../internals.ts'
import { Random } from '../../../rollout/simulation/random.ts'
import { type Assigned, reported } from '../../module/report.ts'
import type { Violation } from '../violation.ts'
import type { World } from '../world.ts'
import { FleetReferee } from './referee.ts'

const second = 1000
const minute = 60 * second
const apiVersion = 'fleetkit.dev/v1alpha1'
const namespace = 'fleet'
const url = 'https://git.example.com/shop.git'
const clusterNames = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']
const tags = ['v1', 'v2', 'v3', 'v4']
/** Each needs the one before. */
const moduleNames = ['base', 'shop', 'web']

const refOf = (kind: string, name: string): ObjectRef => ({ apiVersion, kind, namespace, name })

const strategies: readonly ModuleInput['spec']['rollout'][] = [
  { allAtOnce: {} },
  { rolling: { maxUnavailable: 1 } },
  {
    staged: {
      stages: [
        { name: 'canary', limit: 1, soak: '1m' },
        { name: 'fleet', maxConcurrency: 2 },
      ],
    },
  },
]

/** Modules, clusters that answer as they like, and managers that compete for the lease and die. */
export class FleetSimulation implements World {
  attempts = 0
  readonly #random: Random
  readonly #clock: VirtualClock = new VirtualClock()
  readonly #store: Store
  readonly #git = memoryGit()
  readonly #referee: FleetReferee
  readonly #processes: Processes
  readonly #trace: (line: string) => void
  readonly #budget: number
  readonly #failing: Set<string> = new Set()
  readonly #watching: AbortController = new AbortController()
  #isBraked = false
  #isQuiet = false
  #answers: Promise<void> = Promise.resolve()

  constructor(seed: number, trace?: (line: string) => void) {
    const random = new Random(seed)
    this.#random = random
    this.#trace = (line) => trace?.(`${new Date(this.#clock.now()).toISOString().slice(11, 23)} ${line}`)
    let uids = 0
    this.#store = memoryStore({ clock: this.#clock, uid: () => `uid-${++uids}` })
    for (const tag of tags) this.#git.tag(url, tag, this.#git.commit(url, { 'tag.yaml': tag }))
    this.#budget = 1 + random.below(3)
    this.#referee = new FleetReferee({ store: this.#store, now: () => this.#clock.now(), budget: this.#budget, trace: this.#trace })
    this.#processes = new Processes({
      random: () => random.next(),
      clock: this.#clock,
      plan: drawFaults(() => random.next(), this.#clock),
      prefix: 'm',
      make: (equipment) => this.#manager(equipment),
      isQuiet: () => this.#isQuiet,
      stopped: () => {},
      trace: this.#trace,
    })
  }

  get violations(): readonly Violation[] {
    return this.#referee.violations
  }

  get faults(): number {
    return this.#processes.faults
  }

  async begin(): Promise<void> {
    const signal = this.#watching.signal
    for (const kind of ['Cluster', 'RemoteAssemblage']) void this.#follow(kind, signal)
    await this.#clock.advance(0)
    for (const name of clusterNames.slice(0, 3 + this.#random.below(3))) await this.#join(name)
    for (const name of moduleNames.slice(0, 1 + this.#random.below(3))) await this.#specify(name)
    for (let index = 0; index < 2; index++) this.#processes.start()
  }

  async step(): Promise<void> {
    const random = this.#random
    this.#processes.disturb()
    this.#processes.letArrive()
    if (random.chance(0.6)) await this.#act()
    await this.#clock.advance(random.pick([0, 1, 5, 20, 60, 200]) * second * random.next())
    this.#processes.restart()
  }

  async end(): Promise<void> {
    this.#trace('everything heals')
    this.#isQuiet = true
    this.#failing.clear()
    this.#isBraked = false
    this.#referee.brake(false)
    this.#processes.heal()
    for (const name of clusterNames) await this.#reach(name, true)
    // A rollout that was halted goes on with another version, and one that needs another one goes on once that is there.
    const there = await this.#list('Module')
    for (const { metadata } of there)
      await this.#write(
        refOf('Module', metadata.name),
        (present) => present && { ...present, spec: { ...(present.spec as object), suspend: false } as never },
        true,
      )
    const isGoing = (name: string): boolean =>
      there.some(({ metadata }) => metadata.name === name && metadata.deletionTimestamp !== undefined)
    const first = moduleNames.findIndex(isGoing)
    // What needs one that goes has to go too.
    if (first >= 0) for (const name of moduleNames.slice(first)) await this.#leave('Module', name)
    const last = Math.max(...there.map(({ metadata }) => moduleNames.indexOf(metadata.name)))
    for (const name of moduleNames.slice(0, first < 0 ? last + 1 : first)) await this.#specify(name, { tag: 'v4', suspend: false })
    let missing: readonly string[] = []
    for (let waited = 0; waited < 60; waited += 6) {
      await this.#clock.advance(6 * minute)
      this.#processes.restart()
      missing = await this.#missing()
      if (missing.length === 0) return
    }
    for (const message of missing) this.#referee.says('convergence', message)
  }

  async stop(): Promise<void> {
    this.#watching.abort()
    this.#processes.killAll()
    await this.#clock.advance(40 * second)
  }

  #manager({ holder, line, faulty, clock }: Equipment): Manager {
    const store = faulty(line.over(this.#store, { loses: false }))
    const policy = () => ({ budgets: [{ id: 'fleet', limit: this.#budget }], handbrake: this.#isBraked })
    const manager = new Manager({
      store,
      git: faulty(this.#git),
      clock,
      random: () => this.#random.next(),
      leaderElection: { namespace: 'default', name: 'leader', holder, durationMs: 30 * second },
      gracePeriodMs: 5 * second,
    })
    manager.add(moduleController(), rolloutController({ policy }))
    manager.events.on('*', (event) => this.#trace(`${holder} ${formatEvent(event)}`))
    manager.events.on('rollout.assigned', () => void this.attempts++)
    return manager
  }

  /** Something that people, clusters or other programs do. */
  async #act(): Promise<void> {
    const random = this.#random
    const [cluster, module] = [random.pick(clusterNames), random.pick(moduleNames)]
    const act = random.below(12)
    if (act <= 3) return this.#specify(module)
    if (act === 4) return this.#join(cluster)
    if (act === 5) return this.#leave('Cluster', cluster)
    if (act === 6) return this.#reach(cluster, random.chance(0.5))
    if (act === 7) return this.#brake(!this.#isBraked && random.chance(0.5))
    if (act === 8) return this.#edit(cluster)
    if (act === 9) return random.chance(0.3) ? this.#leave('Module', module) : this.#leave('Rollout', module)
    if (act === 10) return void this.#failing.add(`${cluster} ${module} ${random.pick(tags)}`)
    return this.#relabel(cluster)
  }

  #brake(isOn: boolean): void {
    this.#trace(`the handbrake is ${isOn ? 'pulled' : 'released'}`)
    this.#isBraked = isOn
    this.#referee.brake(isOn)
  }

  async #specify(name: string, fixed: { readonly tag?: string; readonly suspend?: boolean } = {}): Promise<void> {
    const random = this.#random
    const { tag = random.pick(tags), suspend = random.chance(0.1) } = fixed
    const at = moduleNames.indexOf(name)
    const need = moduleNames[at - 1]
    const isSome = random.chance(0.2)
    const wanted = new Module({
      metadata: { name, namespace, annotations: { [retryAnnotation]: `${this.#clock.now()}` } },
      spec: {
        source: { git: { url, tag } },
        suspend,
        rollout: random.pick(strategies),
        // What is needed is everywhere.
        clusters: isSome && at === moduleNames.length - 1 ? { matchLabels: { tier: 'prod' } } : {},
        ...(need !== undefined && { dependsOn: [{ name: need }] }),
      },
    }).toObject()
    this.#trace(`${name} is to be ${tag}${suspend ? ', suspended' : ''}, ${JSON.stringify((wanted.spec as { rollout: unknown }).rollout)}`)
    await this.#write(refOf('Module', name), (present) =>
      present === undefined
        ? wanted
        : { ...present, metadata: { ...present.metadata, annotations: wanted.metadata.annotations }, spec: wanted.spec },
    )
  }

  async #join(name: string): Promise<void> {
    if ((await this.#store.get(refOf('Cluster', name))) !== undefined) return
    this.#trace(`${name} joins`)
    const labels = { tier: this.#random.pick(['prod', 'test']) }
    await this.#store.create(
      new Cluster({ metadata: { name, namespace, labels }, spec: { access: { kubeConfig: { secretRef: { name } } } } }).toObject(),
    )
    await this.#reach(name, true)
  }

  async #relabel(name: string): Promise<void> {
    const labels = { tier: this.#random.pick(['prod', 'test']) }
    await this.#write(refOf('Cluster', name), (present) => present && { ...present, metadata: { ...present.metadata, labels } })
  }

  async #reach(name: string, ok: boolean): Promise<void> {
    const object = await this.#store.get(refOf('Cluster', name))
    if (object === undefined) return
    this.#trace(`${name} ${ok ? 'can be reached' : 'is lost'}`)
    const ready = {
      type: 'Ready',
      status: ok ? 'True' : 'False',
      reason: 'Looked',
      message: '',
      lastTransitionTime: new Date(this.#clock.now()).toISOString(),
    }
    await this.#store.update({ ...object, status: { conditions: [ready] } }, { subresource: 'status' })
    const assigned = await this.#store.get(refOf('RemoteAssemblage', name))
    if (ok && assigned !== undefined) this.#answerSoon(name)
  }

  async #leave(kind: string, name: string): Promise<void> {
    const ref = refOf(kind, name)
    if ((await this.#store.get(ref)) === undefined) return
    this.#trace(`${kind} ${name} is deleted`)
    await this.#store.delete(ref)
  }

  /** A person takes something out of what a cluster is assigned. */
  async #edit(name: string): Promise<void> {
    await this.#write(refOf('RemoteAssemblage', name), (present) => {
      const { modules = [], ...spec } = (present?.spec ?? {}) as RemoteAssemblageSpec
      if (present === undefined || modules.length === 0) return undefined
      this.#trace(`${name} is edited`)
      this.#referee.edited(name)
      return { ...present, spec: { ...spec, modules: modules.slice(1) } as never }
    })
  }

  async #write(ref: ObjectRef, change: (present: KubeObject | undefined) => KubeObject | undefined, evenGoing = false): Promise<void> {
    for (;;) {
      const present = await this.#store.get(ref)
      if (present?.metadata.deletionTimestamp !== undefined && !evenGoing) return
      const wanted = change(present)
      if (wanted === undefined) return
      try {
        await (present === undefined ? this.#store.create(wanted) : this.#store.update(wanted))
        return
      } catch (error) {
        if (!hasCode(error, 'store/conflict', 'store/exists', 'store/not-found')) throw error
      }
    }
  }

  /** Shows every object to the referee as it is stored, and lets clusters answer. */
  async #follow(kind: string, signal: AbortSignal): Promise<void> {
    try {
      const { resourceVersion } = await this.#store.list({ apiVersion, kind }, { namespace })
      for await (const event of this.#store.watch({ apiVersion, kind }, { namespace, resourceVersion, signal })) {
        if (event.type === 'BOOKMARK') continue
        const { object, type } = event as { readonly object: KubeObject; readonly type: string }
        const { name } = object.metadata
        if (kind === 'Cluster') this.#referee.clusterSeen(type === 'DELETED' ? undefined : object, name)
        else if (type !== 'DELETED') {
          await this.#referee.assemblageSeen(object)
          this.#answerSoon(name)
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #answerSoon(name: string): void {
    const afterMs = this.#random.pick([0, 1, 10, 60]) * second * this.#random.next()
    void this.#clock
      .sleep(afterMs, { signal: this.#watching.signal })
      .then(() => {
        this.#answers = this.#answers.then(() => this.#answer(name))
      })
      .catch(() => {})
  }

  /** What a cluster says of what it is assigned, if it can be reached. */
  async #answer(name: string): Promise<void> {
    const [object, cluster] = [await this.#store.get(refOf('RemoteAssemblage', name)), await this.#store.get(refOf('Cluster', name))]
    const { conditions } = (cluster?.status ?? {}) as { readonly conditions?: readonly { readonly status: string }[] }
    if (object === undefined || conditions?.[0]?.status !== 'True') return
    const { modules = [] } = object.spec as RemoteAssemblageSpec
    const phases = new Map<Assigned, 'Ready' | 'Failed'>()
    for (const module of modules) {
      const found = await this.#store.get(refOf('ModuleRevision', module.revision))
      const { tag } = (found?.spec as { readonly source: { readonly git: { readonly tag: string } } } | undefined)?.source.git ?? {}
      phases.set(module, this.#failing.has(`${name} ${module.name} ${tag}`) ? 'Failed' : 'Ready')
    }
    const next = reported(object, phases, this.#clock.now())
    if (next === undefined) return
    try {
      await this.#store.update(next, { subresource: 'status' })
    } catch (error) {
      if (!hasCode(error, 'store/conflict', 'store/not-found')) throw error
    }
  }

  /** What is not as it should be in the end. */
  async #missing(): Promise<readonly string[]> {
    const messages: string[] = []
    const modules = await this.#list('Module')
    const assemblages = new Map((await this.#list('RemoteAssemblage')).map((object) => [object.metadata.name, object]))
    const clusters = await this.#list('Cluster')
    for (const module of modules) {
      const { name, deletionTimestamp } = module.metadata
      const { phase, revision } = (module.status ?? {}) as ModuleStatus
      if (deletionTimestamp !== undefined) messages.push(`${name} is still being deleted`)
      else if (phase !== 'Complete') messages.push(`${name} is ${phase}`)
      const { clusters: selector } = module.spec as ModuleInput['spec']
      for (const { metadata } of clusters) {
        const isWanted = deletionTimestamp === undefined && (selector?.matchLabels?.tier ?? metadata.labels?.tier) === metadata.labels?.tier
        const { modules: entries = [] } = (assemblages.get(metadata.name)?.spec ?? {}) as RemoteAssemblageSpec
        const entry = entries.find((each) => each.name === name)
        if (isWanted !== (entry !== undefined)) messages.push(`${metadata.name} ${entry === undefined ? 'lacks' : 'still has'} ${name}`)
        if (isWanted && entry !== undefined && entry.revision !== revision)
          messages.push(`${metadata.name} has ${entry.revision}, wanted ${revision}`)
      }
    }
    const names = new Set(modules.map(({ metadata }) => metadata.name))
    for (const { metadata } of clusters) {
      const { modules: entries = [] } = (assemblages.get(metadata.name)?.spec ?? {}) as RemoteAssemblageSpec
      for (const { name } of entries) if (!names.has(name)) messages.push(`${metadata.name} has ${name}, which is gone`)
    }
    return messages
  }

  async #list(kind: string): Promise<readonly KubeObject[]> {
    return (await this.#store.list({ apiVersion, kind }, { namespace })).items
  }
}
