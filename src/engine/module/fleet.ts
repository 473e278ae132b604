import { hasCode } from '../../model/errors/error.ts'
import { toError } from '../../model/errors/to-error.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import type { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import { moduleRevisionType } from '../../model/kinds/module-revision/type.ts'
import { allModules } from '../../model/kinds/rollout/rollout.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../model/reference.ts'
import { assemblageViewOf } from '../../plan/fleet/objects/assemblage-view.ts'
import { fleetClusterOf } from '../../plan/fleet/objects/cluster-view.ts'
import { clusterNotAfter, rolloutNotAfter, viewNotAfter } from '../../plan/fleet/objects/not-after.ts'
import { observedChanges } from '../../plan/fleet/objects/observed-changes.ts'
import { fleetRevisionOf } from '../../plan/fleet/objects/revision-view.ts'
import { isPulled } from '../../plan/fleet/planner/handbrake.ts'
import type { AssemblageView, FleetPolicy, RolloutRecord } from '../../plan/fleet/planner/input.ts'
import type { Explanation, FleetDecisions, FleetPlan } from '../../plan/fleet/planner/plan.ts'
import { planFleet } from '../../plan/fleet/planner/plan-fleet.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import type { RunContext } from '../runtime/context.ts'
import { DirectSyncs, splitDirect } from './bootstrap/direct-syncs.ts'
import { FleetGates } from './gates/fleet-gates.ts'
import type { SeenRollout } from './gates/seen-rollout.ts'
import { ownIndex, ownKey } from './own-revisions.ts'
import { PendingChanges } from './pending-changes.ts'
import { PlanLoop, retryMs } from './plan-loop.ts'
import { ReadModules } from './read-modules.ts'
import type { RolloutControllerOptions } from './rollout-options.ts'
import type { SeenAssemblage, Sight } from './sight.ts'
import { Specialiser } from './specialiser.ts'
import { assemblageType, clusterType, moduleType, rolloutType } from './types.ts'
import { FleetWrites } from './write/fleet-writes.ts'
import { saveModuleStatus } from './write/save-module-status.ts'
import { writeAssemblage } from './write/write-assemblage.ts'
import { readRollouts, writeRollout } from './write/write-rollout.ts'

/** After how long is looked again for what a parameter had no value from. */
const lookAgainMs = 60_000

/** The Modules and Clusters of a namespace: planned whenever something has changed, and what is planned is written. */
export class Fleet {
  readonly #namespace: string
  readonly #sight: Sight
  readonly #options: RolloutControllerOptions
  readonly #context: RunContext
  readonly #specialiser: Specialiser
  readonly #direct: DirectSyncs
  readonly #modules: ReadModules
  readonly #writes: FleetWrites
  readonly #pending: PendingChanges = new PendingChanges()
  readonly #loop: PlanLoop
  /** Names of what has changed and was not read yet. */
  readonly #changed: Record<'modules' | 'clusters' | 'assemblages', Set<string>> = {
    modules: new Set(),
    clusters: new Set(),
    assemblages: new Set(),
  }
  /** The states of rollouts, as they are planned. */
  readonly #states: Map<string, RolloutState> = new Map()
  /** By cluster, the generation of its RemoteAssemblage that was written last: what is seen of an older one is out of date. */
  readonly #written: Map<string, number> = new Map()
  /** By name, the uid of each Cluster that is planned. */
  readonly #known: Map<string, string | undefined> = new Map()
  /** What was remembered of rollouts by the manager that planned before. */
  #stored: readonly RolloutRecord[] | undefined
  readonly #gates: FleetGates
  /** By Module, what people said of its rollout last. */
  readonly #said: Map<string, SeenRollout | undefined> = new Map()
  #plan: FleetPlan | undefined
  #plannedAt: number = Number.NEGATIVE_INFINITY
  /** Whether the clock was set back since all that is planned was. */
  #isSetBack = false
  #policy: FleetPolicy = {}

  constructor(namespace: string, sight: Sight, options: RolloutControllerOptions, context: RunContext) {
    this.#namespace = namespace
    this.#sight = sight
    this.#options = options
    this.#context = context
    this.#specialiser = new Specialiser(context)
    this.#direct = new DirectSyncs(namespace, sight, this.#specialiser, context)
    this.#modules = new ReadModules(this.#specialiser)
    const writers = {
      rollout: (name: string) => this.#writeRollout(name),
      assemblage: (name: string) => this.#writeAssemblage(name),
      status: (name: string) => this.#saveStatus(name),
      failed: (message: string, fields: object, error: unknown) => this.#fail(message, fields, error),
    }
    this.#writes = new FleetWrites(namespace, writers, context)
    const work = { wakeAt: () => this.#plan?.nextWakeAt ?? null, isDue: () => this.#isDue, work: () => this.#work() }
    this.#loop = new PlanLoop(work, context)
    const view = {
      plan: () => this.#plan,
      module: (name: string) => this.#modules.planned(name),
      state: (name: string) => this.#states.get(name),
      said: (name: string) => this.#saidOf(name),
      changed: (name: string) => this.#answerAgain(name),
    }
    this.#gates = new FleetGates(namespace, options.gates ?? [], view, context)
  }

  moduleChanged(name: string): void {
    this.#changed.modules.add(name)
    this.#loop.wake()
  }

  clusterChanged(name: string): void {
    this.#changed.clusters.add(name)
    this.#loop.wake()
  }

  revisionChanged(revision: ModuleRevision): void {
    this.#pending.revision(fleetRevisionOf(revision))
    this.#changed.modules.add(revision.spec.module.name)
    this.#loop.wake()
  }

  assemblageChanged(cluster: string): void {
    this.#changed.assemblages.add(cluster)
    this.#loop.wake()
  }

  /** Most changes of a Rollout are what this has written of it. */
  rolloutChanged(name: string): void {
    const said = this.#saidOf(name)
    if (jsonEqual(said, this.#said.get(name))) return
    this.#said.set(name, said)
    this.#answerAgain(name)
  }

  explain(cluster: string, module: string): Explanation | undefined {
    const explanation = this.#plan?.explain(cluster, module)
    const unresolved = this.#modules.whyUnresolved(module, cluster)
    return explanation === undefined || unresolved === undefined ? explanation : { ...explanation, message: unresolved }
  }

  /** Works until the signal of the context aborts. */
  async run(): Promise<void> {
    await using _gates = this.#gates
    await this.#loop.run({ namespace: this.#namespace })
  }

  /** Whole milliseconds, as the log has them. */
  get #now(): number {
    return Math.floor(this.#context.clock.now())
  }

  /** Whether something is to be planned that no change and no time says. */
  get #isDue(): boolean {
    if (this.#plan === undefined || this.#isSetBack || this.#now < this.#plannedAt) return true
    // What parameters are bound to is not watched.
    if (this.#now - this.#plannedAt > lookAgainMs && this.#modules.unresolved.length > 0) return true
    return !jsonEqual(this.#policyNow, this.#policy)
  }

  async #work(): Promise<void> {
    if (this.#now < this.#plannedAt) this.#isSetBack = true
    if (this.#isSetBack && this.#isSeen) this.#forgetPlan()
    this.#stored ??= await this.#readRollouts()
    await this.#readChanges()
    this.#next()
    await this.#writes.write()
  }

  /** Whether everything that was written has been seen: what is planned from nothing then is planned from the truth. */
  get #isSeen(): boolean {
    if (this.#writes.clusters.size > 0 || this.#writes.rollouts.size > 0) return false
    return [...this.#written].every(
      ([name, generation]) => this.#cluster(name) === undefined || (this.#seen(name)?.generation ?? 0) >= generation,
    )
  }

  /** The clock was set back: what is planned has times that are yet to come, and would be waited for. It is planned from nothing, by what is stored. */
  #forgetPlan(): void {
    const { revisions } = this.#sight
    this.#isSetBack = false
    this.#plan = undefined
    this.#stored = undefined
    this.#known.clear()
    for (const revision of revisions.list({ namespace: this.#namespace })) this.#pending.revision(fleetRevisionOf(revision))
    for (const { metadata } of this.#clustersThere) this.#changed.clusters.add(metadata.name)
    for (const name of this.#modules.names) this.#putModule(name)
  }

  /** Turns what has changed into what is planned from. */
  async #readChanges(): Promise<void> {
    const { modules, clusters, assemblages } = this.#changed
    const [changedClusters, changedModules] = [[...clusters], new Set(modules)]
    for (const set of [clusters, modules]) set.clear()
    for (const name of changedClusters) {
      const object = this.#cluster(name)
      this.#pending.cluster(name, object && clusterNotAfter(fleetClusterOf(object), this.#now))
      const view = object && this.#viewOf(name, object.metadata.uid)
      if (view !== undefined && this.#known.get(name) !== view.uid) {
        this.#pending.assemblage(view)
        // What another cluster of the name had goes, also where nothing takes its place.
        if (this.#seen(name)?.view.uid !== view.uid) this.#writes.clusters.add(name)
      }
      if (object !== undefined) this.#known.set(name, object.metadata.uid)
      else for (const map of [this.#known, this.#written]) map.delete(name)
    }
    const again = [...this.#modules.unresolved, ...(changedClusters.length > 0 ? this.#modules.byCluster : [])]
    for (const name of again) changedModules.add(name)
    for (const name of changedModules) await this.#readModule(name)
    const policy = this.#policyNow
    if (!jsonEqual(policy, this.#policy)) {
      this.#policy = policy
      this.#pending.policy(policy)
    }
    for (const name of assemblages) this.#readAssemblage(name)
    assemblages.clear()
  }

  /** One that cannot be read, as for its expression, holds no other. */
  async #readModule(name: string): Promise<void> {
    const object = this.#module(name)
    try {
      const changed = await this.#modules.read(name, object, (revision) => this.#revision(revision), this.#clustersThere)
      if (changed !== 'same') this.#putModule(name)
      if (object !== undefined) this.#writes.statuses.add(name)
      else this.#forget(name)
    } catch (error) {
      this.#fail('a Module could not be read', { name }, error)
      this.#modules.hold(name)
      this.#putModule(name)
      // What is wrong with the expression stays so until the Module changes.
      if (!hasCode(error, 'fleet/cluster-expression')) this.#changed.modules.add(name)
    }
  }

  /** What was seen of a cluster since its RemoteAssemblage was written last. */
  #readAssemblage(name: string): void {
    const seen = this.#seen(name)
    const cluster = this.#cluster(name)
    if (this.#plan === undefined || cluster === undefined) return
    const { uid } = cluster.metadata
    const { direct, others } = splitDirect(this.#plan.assemblage(name))
    const now = this.#now - 1
    const changes = [this.#direct.changes(name, uid, direct, now)]
    if (seen === undefined || seen.generation >= (this.#written.get(name) ?? 0))
      changes.push(observedChanges({ planned: others, seen, uid, now }))
    for (const each of changes.flatMap(({ observed }) => observed)) this.#pending.observed({ ...each, cluster: name })
    if (changes.some(({ isOther }) => isOther)) this.#writes.clusters.add(name)
  }

  #next(): void {
    const now = this.#now
    let plan = this.#plan === undefined ? planFleet(this.#input(now)) : this.#plan.with(this.#pending.take(now))
    this.#plannedAt = now
    for (;;) {
      this.#plan = plan
      this.#takeDecisions(plan.decisions)
      const modules = this.#gates.look(plan)
      if (modules.length === 0) break
      plan = plan.with({ now, modules })
    }
    for (const name of this.#gates.changes()) this.#writes.rollouts.add(name)
  }

  #takeDecisions({ rollouts, assignments, progress, events }: FleetDecisions): void {
    for (const { module, state } of rollouts) {
      this.#states.set(module, state)
      this.#writes.rollouts.add(module)
    }
    for (const { cluster } of assignments) this.#writes.clusters.add(cluster)
    for (const { module } of progress) this.#writes.statuses.add(module)
    this.#writes.log(events)
    for (const { cluster, module, revision, why, stage } of assignments)
      this.#context.events.emit('rollout.assigned', { cluster: this.#ref(clusterType, cluster), module, revision, why, stage })
    for (const { module, cause: _cause, gates: _gates, ...rest } of progress) {
      const kind = this.#module(module)?.kind ?? moduleType.kind
      this.#context.events.emit('rollout.progress', { module: { ...this.#ref(moduleType, module), kind }, ...rest })
    }
  }

  #input(now: number): Parameters<typeof planFleet>[0] {
    const { modules = [], revisions = [], clusters = [] } = this.#pending.take(now)
    const assemblages = [...this.#known].flatMap(([name, uid]) => this.#viewOf(name, uid) ?? [])
    return {
      now,
      modules,
      revisions,
      clusters,
      assemblages,
      rollouts: (this.#stored ?? []).map((each) => rolloutNotAfter(each, now - 2)),
      policy: this.#policy,
    }
  }

  async #writeRollout(name: string): Promise<void> {
    const [object, state] = [this.#module(name), this.#states.get(name)]
    if (object === undefined || state === undefined) return
    await writeRollout(object, { state: jsonCopy(state) as unknown as JsonObject, ...this.#gates.statusOf(name) }, this.#context)
  }

  async #writeAssemblage(name: string): Promise<void> {
    const cluster = this.#cluster(name)
    if (cluster === undefined || this.#plan === undefined) return
    const { direct, others } = splitDirect(this.#plan.assemblage(name))
    const revisionOf = (revision: string): ModuleRevision | undefined => this.#revision(revision)
    const template = this.#options.assemblages ?? {}
    const { object, isWritten, unresolved } = await writeAssemblage(
      { cluster, modules: others, template, revisionOf, specialiser: this.#specialiser },
      this.#context,
    )
    if (object !== undefined) this.#written.set(name, object.metadata.generation ?? 0)
    const directly = await this.#direct.write(cluster, direct, revisionOf)
    // Others made it so: no change will say what became of it.
    if (!isWritten || !directly.isWritten) this.assemblageChanged(name)
    const missing = [...unresolved.keys(), ...directly.unresolved.keys()]
    if (missing.length === 0) return
    // The planner has to know that it has not got it; the parameters are asked again before it is planned.
    const { modules } = object === undefined ? { modules: [] } : assemblageViewOf(object)
    this.#pending.assemblage({ cluster: name, uid: cluster.metadata.uid, modules: [...modules, ...directly.modules] })
    for (const module of missing) this.moduleChanged(module)
  }

  #viewOf(cluster: string, uid: string | undefined): AssemblageView | undefined {
    const view = this.#direct.viewWith(this.#seen(cluster)?.view, cluster, uid)
    // By a clock that is ahead: a failure of before does not count for an attempt that begins now, and a rollout began before that.
    return view && viewNotAfter(view, this.#now - 1)
  }

  #seen(cluster: string): SeenAssemblage | undefined {
    return this.#sight.assemblages.get(this.#ref(assemblageType, cluster))
  }

  async #saveStatus(name: string): Promise<void> {
    const object = this.#module(name)
    const progress = this.#plan?.progress(name)
    if (object === undefined || progress === undefined) return
    const own = this.#sight.revisions.indexed(ownIndex, ownKey(this.#namespace, name))
    const revisions = new Map(own.map((revision) => [revision.metadata.name, revision]))
    await saveModuleStatus(object, { progress, revisions, generation: this.#modules.generationOf(name) }, this.#context)
  }

  #fail(message: string, fields: object, error: unknown): void {
    const { signal, logger, events } = this.#context
    if (signal.aborted) throw error
    this.#loop.retry()
    logger.warn(message, { namespace: this.#namespace, ...fields, error })
    events.emit('rollout.error', { namespace: this.#namespace, error: toError(error), retryInMs: retryMs })
  }

  /** What holds for all Modules: what the caller says, and people who have pulled the handbrake. */
  get #policyNow(): FleetPolicy {
    const policy = this.#options.policy?.(this.#namespace) ?? {}
    const { handbrake } = this.#saidOf(allModules) ?? {}
    return handbrake === undefined || isPulled(policy.handbrake) ? policy : { ...policy, handbrake }
  }

  #saidOf(name: string): SeenRollout | undefined {
    return this.#sight.rollouts.get(this.#ref(rolloutType, name))
  }

  async #readRollouts(): Promise<readonly RolloutRecord[]> {
    const stored = await readRollouts(this.#namespace, this.#context)
    return [...stored].flatMap(([module, status]) => {
      this.#gates.restore(module, status, this.#now)
      return status.state === undefined ? [] : [{ module, state: status.state as unknown as RolloutState }]
    })
  }

  /** What is said of a Module is something else. */
  #answerAgain(name: string): void {
    this.#putModule(name)
    this.#writes.rollouts.add(name)
    this.#loop.wake()
  }

  #putModule(name: string): void {
    const module = this.#modules.planned(name)
    if (module !== undefined || this.#module(name) === undefined) this.#pending.module(name, module && this.#gates.answered(module))
  }

  #forget(name: string): void {
    this.#gates.forget(name)
    for (const map of [this.#states, this.#said]) map.delete(name)
  }

  #module(name: string): KubeObject | undefined {
    return this.#sight.moduleOf(this.#namespace, name)
  }

  get #clustersThere(): readonly KubeObject[] {
    return this.#sight.clusters.list({ namespace: this.#namespace })
  }

  #cluster(name: string): KubeObject | undefined {
    return this.#sight.clusters.get(this.#ref(clusterType, name))
  }

  #revision(name: string | undefined): ModuleRevision | undefined {
    return name === undefined ? undefined : this.#sight.revisions.get(this.#ref(moduleRevisionType, name))
  }

  #ref(type: TypeRef, name: string): ObjectRef & { readonly namespace: string } {
    return { ...type, namespace: this.#namespace, name }
  }
}
