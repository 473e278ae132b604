import { memoryGit } from '../../backends/git/memory/index.ts'
import { memoryStore } from '../../backends/store/memory/index.ts'
import { formatDuration } from '../../model/duration.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { Module } from '../../model/kinds/module/module.ts'
import type { FleetPolicy } from '../../plan/fleet/planner/input.ts'
import { seededRandom } from '../seeded-random.ts'
import { VirtualClock } from '../virtual-clock.ts'
import type { CheckedOptions } from './check-options.ts'
import { AnsweringClusters } from './clusters/answering-clusters.ts'
import type { Clusters } from './clusters/clusters.ts'
import { Fleet } from './fleet.ts'
import { FleetState } from './judge/fleet-state.ts'
import { StateView } from './judge/fleet-view.ts'
import { isOfNow, missingIn } from './judge/missing.ts'
import { clusters as byClusters, Observer, people } from './judge/observer.ts'
import { Trace } from './judge/trace.ts'
import { Management } from './processes/management.ts'
import { type Disturbance, lostForGood, timelineOf } from './processes/timeline.ts'

const second = 1000
const minute = 60 * second
/** How long everything has to stay as it is to be, for it to be the end. */
const quietMs = 2 * minute

/** Ends a scenario: there is a violation, and what comes after it says nothing more. */
export class Over extends Error {}

/** A fleet in virtual time, from its beginning to its end. */
export class Simulation {
  readonly clock: VirtualClock
  readonly random: () => number
  readonly state: FleetState = new FleetState()
  readonly view: StateView
  readonly trace: Trace
  readonly fleet: Fleet
  readonly observer: Observer
  readonly management: Management
  readonly clusters: Clusters
  readonly #options: CheckedOptions
  readonly #start: number
  #timeline: readonly Disturbance[] = []
  #isQuiet = true
  #lost: ReadonlySet<string> = new Set()
  /** When it ended, in milliseconds from the beginning. */
  endedAt = 0

  constructor(options: CheckedOptions) {
    this.#options = options
    this.#start = options.start
    this.random = seededRandom(options.seed)
    this.clock = new VirtualClock(options.start - 10 * minute)
    let uids = 0
    const store = memoryStore({ clock: this.clock, uid: () => `uid-${++uids}` })
    const now = (): number => this.clock.now() - this.#start
    this.view = new StateView(this.state, now)
    this.trace = new Trace(now, options.traceLines)
    this.observer = new Observer({
      store,
      state: this.state,
      view: this.view,
      trace: this.trace,
      rules: options.rules,
      invariants: options.invariants,
      now: () => this.clock.now(),
      assigned: (cluster) => this.clusters.assigned(cluster),
    })
    const git = memoryGit()
    this.fleet = new Fleet(options.namespace, this.observer.storeOf(people), git)
    this.clusters = new AnsweringClusters({
      store: this.observer.storeOf(byClusters),
      state: this.state,
      clock: this.clock,
      random: this.random,
      world: options.world,
      first: new Map(options.modules.map(({ metadata, spec }) => [metadata.name, spec.source.git.tag ?? ''])),
      refOf: (kind, name) => this.fleet.refOf(kind, name),
    })
    this.management = new Management({
      clock: this.clock,
      random: this.random,
      git,
      fleet: this.fleet,
      observer: this.observer,
      trace: this.trace,
      faults: options.world.faults ?? {},
      verbose: options.verbose,
      isQuiet: () => this.#isQuiet,
    })
  }

  get isQuiet(): boolean {
    return this.#isQuiet
  }

  /** Clusters and modules are there, and have each other where they are installed. */
  async begin(): Promise<void> {
    const { clusters, modules, installed, policy, world, during } = this.#options
    for (const cluster of clusters) {
      await this.fleet.addCluster(cluster)
      await this.clusters.reach(cluster.id, true)
    }
    if (installed) await this.#install(modules)
    await this.clock.advance(Math.max(0, this.#start - this.clock.now()))
    if (!installed) for (const module of modules) await this.fleet.put(module)
    this.#lost = lostForGood(world)
    const ids = clusters.map(({ id }) => id)
    this.#timeline = timelineOf({ world, clusters: ids, start: this.#start, during, random: this.random })
    this.#isQuiet = false
    this.observer.isJudging = true
    this.observer.updating.reset()
    this.observer.assignments = 0
    this.govern(policy)
    for (let index = 0; index < (world.managers ?? 1); index++) this.management.processes.start()
  }

  /** What holds for all modules from now on. */
  govern(policy: FleetPolicy): void {
    this.fleet.policy = policy
    this.observer.referee.governs(policy)
  }

  /** Time passes, and what is due happens. @throws Over when something does not hold */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    for (;;) {
      await this.#happen()
      this.check()
      const now = this.clock.now()
      if (now >= end) return
      const slice = this.#isQuiet ? minute : 10 * second
      await this.clock.advance(Math.min(end, this.#timeline[0]?.at ?? end, now + slice) - now)
      this.management.processes.letArrive()
      this.management.processes.restart()
    }
  }

  /** Time passes until something holds, which is looked at as often as `leastMs` lets it. Whether it does in time. @throws Over when something does not hold that has to */
  async passUntil(holds: () => boolean, withinMs: number, leastMs: number = second): Promise<boolean> {
    const end = this.clock.now() + withinMs
    await this.pass(0)
    while (!holds()) {
      const now = this.clock.now()
      if (now >= end) return false
      const next = Math.max((this.clock.nextWakeAt ?? end) - now, leastMs)
      await this.pass(Math.min(end - now, next))
    }
    return true
  }

  /** Whether a module is in a phase, as it is now. */
  isIn(module: string, phase: string): boolean {
    const object = this.state.modules.get(module)
    return object !== undefined && isOfNow(object) && this.view.phase(module) === phase
  }

  /** What is not as it is to be, and which clusters wait for what. */
  waits(): readonly string[] {
    return missingIn({ state: this.state, explain: (cluster, module) => this.management.explain(cluster, module), lost: this.#lost })
  }

  /** Whether everything is as it is to be. Nothing is explained: it is asked all the time. */
  get #isExact(): boolean {
    return missingIn({ state: this.state, explain: () => undefined, lost: this.#lost }).length === 0
  }

  check(): void {
    if (this.observer.violations.length > 0) throw new Over()
  }

  /** No more faults, and every cluster can be reached, but for those that are lost for good. */
  async heal(): Promise<void> {
    if (!this.#isQuiet) {
      this.trace.say('everything heals')
      this.#isQuiet = true
      this.#timeline = this.#timeline.filter(({ isGiven }) => isGiven)
      this.management.processes.heal()
    }
    this.clusters.heal()
    const given = new Set(this.#timeline.flatMap(({ does }) => (does.what === 'reach' ? [does.cluster] : [])))
    for (const [name, { isReachable }] of this.state.clusters)
      if (!isReachable && !given.has(name) && !this.#lost.has(name)) await this.clusters.reach(name, true)
  }

  /** Until each module has come to an end and nothing changes that any more. */
  async end(): Promise<void> {
    await this.heal()
    const { endsWithin } = this.#options
    let since: number | undefined
    const isOver = (): boolean => {
      if (this.#timeline.length > 0 || !this.#isExact) since = undefined
      else since ??= this.clock.now()
      return since !== undefined && this.clock.now() - since >= quietMs
    }
    if (await this.passUntil(isOver, endsWithin, 30 * second)) return
    const messages = this.waits()
    if (this.#options.rules?.includes('convergence') === false) return
    for (const message of messages)
      this.observer.violated('convergence', `${message} (${formatDuration(endsWithin)} after everything has healed)`)
  }

  async stop(): Promise<void> {
    this.endedAt = this.view.now
    this.observer.isJudging = false
    this.trace.isOver = true
    this.management.processes.killAll()
    await this.clusters.stop()
    await this.clock.advance(40 * second)
  }

  async #install(modules: readonly Module[]): Promise<void> {
    this.clusters.isInstant = true
    for (const module of modules) await this.fleet.put(atOnce(module))
    const manager = this.management.undisturbed('setup')
    const stop = new AbortController()
    const running = manager.run({ signal: stop.signal })
    const isDone = (): boolean => modules.every(({ metadata: { name } }) => this.isIn(name, 'Complete'))
    for (let waited = 0; waited < 5 * minute && !isDone(); waited += second) await this.clock.advance(second)
    const problem = isDone() ? undefined : this.waits().join('; ')
    stop.abort()
    await this.clock.advance(6 * second)
    await running
    if (problem !== undefined) throw notInstalled(problem)
    for (const module of modules) await this.fleet.put(module)
    this.clusters.isInstant = false
  }

  async #happen(): Promise<void> {
    while (this.#timeline.length > 0 && (this.#timeline[0] as Disturbance).at <= this.clock.now()) {
      const [{ does }, ...rest] = this.#timeline as readonly [Disturbance, ...Disturbance[]]
      this.#timeline = rest
      const { processes } = this.management
      if (does.what === 'reach') await this.clusters.reach(does.cluster, does.isOk)
      else if (does.what === 'cutOff') processes.partition()
      else processes[does.what]()
    }
  }
}

/** A Module that goes to all of its clusters now. */
function atOnce(module: Module): Module {
  return module.with((draft) => {
    draft.spec.rollout = { allAtOnce: {} }
    draft.spec.suspend = false
    delete draft.spec.windows
    delete draft.spec.freezes
  })
}

function notInstalled(found: string): Error {
  const accepted = 'modules that their clusters can have; or installed: false, which begins without them'
  return invalid(undefined, [{ path: 'modules', found, accepted }])
}
