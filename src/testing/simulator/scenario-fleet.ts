import { formatDuration } from '../../model/duration.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import type { Module, ModuleDraft } from '../../model/kinds/module/module.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { abortAnnotation, retryAnnotation } from '../../plan/fleet/objects/module-view.ts'
import type { FleetPolicy } from '../../plan/fleet/planner/input.ts'
import type { Explanation } from '../../plan/fleet/planner/plan.ts'
import type { Store } from '../../ports/store.ts'
import type { Span } from '../../rollout/forecast/assumptions.ts'
import type { RolloutPhase } from '../../rollout/planner/plan.ts'
import { policyProblems, toMs } from './check-options.ts'
import { StateView } from './judge/fleet-view.ts'
import { people } from './judge/observer.ts'
import { spanProblems } from './problems.ts'
import { pick } from './processes/draw.ts'
import type { FailingPair, FleetCondition, SimulatedCluster, SimulatedFleet } from './scenario.ts'
import { Over, type Simulation } from './simulation.ts'

/** Carries out what a scenario does, one thing after the other. */
export class ScenarioFleet extends StateView implements SimulatedFleet {
  readonly random: () => number
  readonly store: Store
  readonly #simulation: Simulation
  #done: Promise<void> = Promise.resolve()
  #isPassing = false

  constructor(simulation: Simulation) {
    super(simulation.state, () => simulation.view.now)
    this.#simulation = simulation
    this.random = simulation.random
    this.store = simulation.observer.storeOf(people)
  }

  pick<T>(items: readonly T[]): T {
    return pick(this.random, items)
  }

  refOf(kind: string, name: string): ObjectRef {
    return this.#simulation.fleet.refOf(kind, name)
  }

  async after(time: Span): Promise<void> {
    const ms = spanOf('after', time)
    await this.#passing(() => this.#simulation.pass(ms))
  }

  async until(first: string | FleetCondition, second?: RolloutPhase | Span, third?: Span): Promise<void> {
    const isCondition = typeof first === 'function'
    const ms = spanOf('until', (isCondition ? second : third) ?? '24h')
    if (!isCondition) await this.#needsModule(first)
    const what = isCondition ? 'what is waited for' : `${first} ${second}`
    const holds = (): boolean => (isCondition ? first(this) : this.#simulation.isIn(first, second as string))
    await this.#passing(async () => {
      if (await this.#simulation.passUntil(holds, ms)) return
      const waits = this.#simulation.waits()
      const now = isCondition ? '' : `, ${first} is ${this.phase(first) ?? 'not begun'}`
      this.#simulation.observer.violated('convergence', `${what} has not come within ${formatDuration(ms)}${now}: ${waits.join('; ')}`)
      throw new Over()
    })
  }

  release(module: string, tag: string): Promise<void> {
    return this.change(module, (draft) => {
      draft.spec.source.git = { ...draft.spec.source.git, tag }
    })
  }

  change(module: string, recipe: (draft: ModuleDraft) => void): Promise<void> {
    return this.#do(async () => {
      const before = await this.#needsModule(module)
      const next = before.with(recipe)
      const { tag } = next.spec.source.git
      this.#say(tag === before.spec.source.git.tag ? `${module} is changed` : `${module} is to be ${tag}`)
      await this.#simulation.fleet.put(next)
    })
  }

  add(module: Module): Promise<void> {
    return this.#do(async () => {
      this.#say(`${module.metadata.name} is added`)
      await this.#simulation.fleet.put(module)
    })
  }

  remove(module: string): Promise<void> {
    return this.#do(async () => {
      this.#say(`${module} is deleted`)
      await this.#simulation.fleet.remove(this.refOf('Module', module))
    })
  }

  retry(module: string): Promise<void> {
    return this.#annotate(module, 'is tried again', retryAnnotation, () => `${this.now}`)
  }

  abort(module: string): Promise<void> {
    return this.#annotate(module, 'is aborted', abortAnnotation, ({ status }) => status?.revision ?? '')
  }

  suspend(module: string, isSuspended = true): Promise<void> {
    return this.change(module, (draft) => {
      draft.spec.suspend = isSuspended
    })
  }

  govern(policy: FleetPolicy): Promise<void> {
    return this.#do(async () => {
      const problems = policyProblems(
        policy,
        this.clusters.map((id) => ({ id, labels: this.labels(id) })),
      )
      if (problems.length > 0) throw invalid(undefined, problems)
      this.#say(`the policy is ${JSON.stringify(policy)}`)
      this.#simulation.govern(policy)
    })
  }

  handbrake(isPulled = true): Promise<void> {
    return this.#do(async () => {
      this.#say(`the handbrake is ${isPulled ? 'pulled' : 'released'}`)
      this.#simulation.govern({ ...this.#simulation.fleet.policy, handbrake: isPulled })
    })
  }

  join(cluster: SimulatedCluster): Promise<void> {
    return this.#do(async () => {
      await this.#simulation.fleet.addCluster(cluster)
      await this.#simulation.clusters.reach(cluster.id, true)
    })
  }

  leave(cluster: string): Promise<void> {
    return this.#do(() => this.#simulation.fleet.remove(this.#clusterRef(cluster)))
  }

  relabel(cluster: string, labels: Readonly<Record<string, string>>): Promise<void> {
    return this.#do(async () => {
      await this.#simulation.fleet.change(this.#clusterRef(cluster), (present) => ({
        ...present,
        metadata: { ...present.metadata, labels },
      }))
    })
  }

  lose(cluster: string): Promise<void> {
    return this.#do(() => this.#simulation.clusters.reach(this.#clusterRef(cluster).name, false))
  }

  find(cluster: string): Promise<void> {
    return this.#do(() => this.#simulation.clusters.reach(this.#clusterRef(cluster).name, true))
  }

  fail(pair: FailingPair, isFailing = true): Promise<void> {
    return this.#do(async () => this.#simulation.clusters.fail(pair, isFailing))
  }

  crash(): Promise<void> {
    return this.#do(async () => this.#simulation.management.processes.crash())
  }

  cutOff(): Promise<void> {
    return this.#do(async () => this.#simulation.management.processes.cutOff())
  }

  skew(): Promise<void> {
    return this.#do(async () => this.#simulation.management.processes.skew())
  }

  heal(): Promise<void> {
    return this.#do(() => this.#simulation.heal())
  }

  explain(cluster: string, module: string): Explanation | undefined {
    return this.#simulation.management.explain(cluster, module)
  }

  /** Everything that was asked for is done. */
  async done(): Promise<void> {
    await this.#done
  }

  #annotate(module: string, words: string, annotation: string, value: (module: Module) => string): Promise<void> {
    return this.#do(async () => {
      const present = await this.#needsModule(module)
      this.#say(`${module} ${words}`)
      await this.#simulation.fleet.put(
        present.with((draft) => {
          draft.metadata.annotations = { ...draft.metadata.annotations, [annotation]: value(present) }
        }),
      )
    })
  }

  async #needsModule(name: string): Promise<Module> {
    const module = await this.#simulation.fleet.module(name)
    if (module !== undefined) return module
    throw invalid(undefined, [{ path: 'module', found: describeValue(name), accepted: 'the name of a module that is there' }])
  }

  #clusterRef(name: string): ObjectRef {
    if (this.state.clusters.has(name)) return this.refOf('Cluster', name)
    throw invalid(undefined, [{ path: 'cluster', found: describeValue(name), accepted: 'the id of a cluster that is there' }])
  }

  #say(text: string): void {
    this.#simulation.trace.say(text)
  }

  #do(act: () => Promise<void>): Promise<void> {
    this.#done = this.#done.then(act)
    // What is not awaited is found by what comes next.
    this.#done.catch(() => {})
    return this.#done
  }

  async #passing(pass: () => Promise<void>): Promise<void> {
    await this.#done
    if (this.#isPassing)
      throw invalid(undefined, [{ path: 'scenario', found: 'two waits at once', accepted: 'one after the other: await each' }])
    this.#isPassing = true
    try {
      await pass()
    } finally {
      this.#isPassing = false
    }
  }
}

function spanOf(path: string, span: unknown): number {
  const problems = spanProblems(path, span)
  if (problems.length > 0) throw invalid(undefined, problems)
  return toMs(span as Span)
}
