import { AbortScope } from '../../async/abort-scope.ts'
import { mapAtMost } from '../../async/map-at-most.ts'
import { Wakeup } from '../../async/wakeup.ts'
import { abortError } from '../../model/errors/abort.ts'
import { hasCode } from '../../model/errors/error.ts'
import { toError } from '../../model/errors/to-error.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import type { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import { moduleRevisionType } from '../../model/kinds/module-revision/type.ts'
import type { KubeObject } from '../../model/object.ts'
import { assemblageViewOf, viewForCluster } from '../../plan/fleet/objects/assemblage-view.ts'
import { fleetClusterOf } from '../../plan/fleet/objects/cluster-view.ts'
import { clusterNotAfter, rolloutNotAfter, viewNotAfter } from '../../plan/fleet/objects/not-after.ts'
import { observedChanges } from '../../plan/fleet/objects/observed-changes.ts'
import { fleetRevisionOf } from '../../plan/fleet/objects/revision-view.ts'
import type { AssemblageView, FleetPolicy, RolloutRecord } from '../../plan/fleet/planner/input.ts'
import type { Explanation, FleetPlan } from '../../plan/fleet/planner/plan.ts'
import { planFleet } from '../../plan/fleet/planner/plan-fleet.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import type { RunContext } from '../runtime/context.ts'
import { ownIndex, ownKey } from './own-revisions.ts'
import { PendingChanges } from './pending-changes.ts'
import { ReadModules } from './read-modules.ts'
import type { RolloutControllerOptions } from './rollout-options.ts'
import type { SeenAssemblage, Sight } from './sight.ts'
import { Specialiser } from './specialiser.ts'
import { assemblageType, clusterType, moduleType } from './types.ts'
import { LogWriter } from './write/log-writer.ts'
import { saveModuleStatus } from './write/save-module-status.ts'
import { writeAssemblage } from './write/write-assemblage.ts'
import { readRollouts, writeRollout } from './write/write-rollout.ts'

/** For how long changes are collected before they are planned: what comes together is one plan, and one write for each cluster. */
const collectMs = 50
/** After how long something that failed is tried again. */
const retryMs = 2000
/** How often is asked for the policy, and the clock is looked at, which may be set. */
const longestWaitMs = 10_000
/** After how long is looked again for what a parameter had no value from. */
const lookAgainMs = 60_000
const writesAtOnce = 16

/** The Modules and Clusters of a namespace: planned whenever something has changed, and what is planned is written. */
export class Fleet {
  readonly #namespace: string
  readonly #sight: Sight
  readonly #options: RolloutControllerOptions
  readonly #context: RunContext
  readonly #specialiser: Specialiser
  readonly #modules: ReadModules
  readonly #log: LogWriter
  readonly #pending: PendingChanges = new PendingChanges()
  readonly #wakeup: Wakeup = new Wakeup()
  /** Names of what has changed and was not read yet. */
  readonly #changed: Record<'modules' | 'clusters' | 'assemblages', Set<string>> = {
    modules: new Set(),
    clusters: new Set(),
    assemblages: new Set(),
  }
  /** What is to be written. */
  readonly #states: Map<string, RolloutState> = new Map()
  readonly #clusters: Set<string> = new Set()
  readonly #statuses: Set<string> = new Set()
  /** By cluster, the generation of its RemoteAssemblage that was written last: what is seen of an older one is out of date. */
  readonly #written: Map<string, number> = new Map()
  /** By name, the uid of each Cluster that is planned. */
  readonly #known: Map<string, string | undefined> = new Map()
  /** What was remembered of rollouts by the manager that planned before. */
  #stored: readonly RolloutRecord[] | undefined
  #plan: FleetPlan | undefined
  #plannedAt: number = Number.NEGATIVE_INFINITY
  /** Whether the clock was set back since all that is planned was. */
  #isSetBack = false
  #policy: FleetPolicy = {}
  #isChanged = false
  #failed = false

  constructor(namespace: string, sight: Sight, options: RolloutControllerOptions, context: RunContext) {
    this.#namespace = namespace
    this.#sight = sight
    this.#options = options
    this.#context = context
    this.#specialiser = new Specialiser(context)
    this.#modules = new ReadModules(this.#specialiser)
    this.#log = new LogWriter(namespace, context)
  }

  moduleChanged(name: string): void {
    this.#changed.modules.add(name)
    this.#wake()
  }

  clusterChanged(name: string): void {
    this.#changed.clusters.add(name)
    this.#wake()
  }

  revisionChanged(revision: ModuleRevision): void {
    this.#pending.revision(fleetRevisionOf(revision))
    this.#changed.modules.add(revision.spec.module.name)
    this.#wake()
  }

  assemblageChanged(cluster: string): void {
    this.#changed.assemblages.add(cluster)
    this.#wake()
  }

  explain(cluster: string, module: string): Explanation | undefined {
    const explanation = this.#plan?.explain(cluster, module)
    const unresolved = this.#modules.whyUnresolved(module, cluster)
    return explanation === undefined || unresolved === undefined ? explanation : { ...explanation, message: unresolved }
  }

  /** Works until the signal of the context aborts. */
  async run(): Promise<void> {
    const { signal, logger, clock } = this.#context
    while (!signal.aborted) {
      try {
        await this.#wait(this.#failed ? retryMs : this.#untilWake())
        if (signal.aborted) return
        if (!this.#isDue) continue
        this.#failed = false
        await clock.sleep(collectMs, { signal })
        await this.#work()
      } catch (error) {
        if (signal.aborted) return
        this.#failed = true
        logger.error('a fleet could not be planned', { namespace: this.#namespace, error })
      }
    }
  }

  /** Whole milliseconds, as the log has them. */
  get #now(): number {
    return Math.floor(this.#context.clock.now())
  }

  #wake(): void {
    this.#isChanged = true
    this.#wakeup.notify()
  }

  /** Whether there is something to plan, or to try again. */
  get #isDue(): boolean {
    if (this.#isChanged || this.#failed || this.#plan === undefined || this.#untilWake() === 0) return true
    if (this.#isSetBack || this.#now < this.#plannedAt) return true
    // What parameters are bound to is not watched.
    if (this.#now - this.#plannedAt > lookAgainMs && this.#modules.unresolved.length > 0) return true
    return !jsonEqual(this.#options.policy?.(this.#namespace) ?? {}, this.#policy)
  }

  #untilWake(): number {
    const at = this.#plan?.nextWakeAt ?? null
    return at === null ? longestWaitMs : Math.min(longestWaitMs, Math.max(0, at - this.#now))
  }

  /** Until something has changed, for at most `ms`. */
  async #wait(ms: number): Promise<void> {
    if (this.#isChanged || ms === 0) return
    const { clock, signal } = this.#context
    using scope = new AbortScope(signal)
    await Promise.race([this.#wakeup.wait(scope.signal), clock.sleep(ms, { signal: scope.signal }).catch(() => {})])
    scope.abort(abortError(signal))
  }

  async #work(): Promise<void> {
    this.#isChanged = false
    if (this.#now < this.#plannedAt) this.#isSetBack = true
    if (this.#isSetBack && this.#isSeen) this.#forgetPlan()
    this.#stored ??= await readRollouts(this.#namespace, this.#context)
    await this.#readChanges()
    this.#next()
    await this.#write()
  }

  /** Whether everything that was written has been seen: what is planned from nothing then is planned from the truth. */
  get #isSeen(): boolean {
    if (this.#clusters.size > 0 || this.#states.size > 0) return false
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
    for (const [name, module] of this.#modules.planned) this.#pending.module(name, module)
  }

  /** Turns what has changed into what is planned from. */
  async #readChanges(): Promise<void> {
    const { modules, clusters, assemblages } = this.#changed
    const [changedClusters, changedModules] = [[...clusters], new Set(modules)]
    for (const set of [clusters, modules]) set.clear()
    for (const name of changedClusters) {
      const object = this.#cluster(name)
      this.#pending.cluster(name, object && clusterNotAfter(fleetClusterOf(object), this.#now))
      const seen = this.#seen(name)
      if (object !== undefined && seen !== undefined && this.#known.get(name) !== object.metadata.uid) {
        this.#pending.assemblage(this.#viewOf(seen, object.metadata.uid))
        // What another cluster of the name had goes, also where nothing takes its place.
        if (seen.view.uid !== object.metadata.uid) this.#clusters.add(name)
      }
      if (object !== undefined) this.#known.set(name, object.metadata.uid)
      else for (const map of [this.#known, this.#written]) map.delete(name)
    }
    const again = [...this.#modules.unresolved, ...(changedClusters.length > 0 ? this.#modules.byCluster : [])]
    for (const name of again) changedModules.add(name)
    for (const name of changedModules) await this.#readModule(name)
    const policy = this.#options.policy?.(this.#namespace) ?? {}
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
      if (changed !== 'same') this.#pending.module(name, changed)
      if (object !== undefined) this.#statuses.add(name)
    } catch (error) {
      this.#fail('a Module could not be read', { name }, error)
      this.#pending.module(name, this.#modules.hold(name))
      // What is wrong with the expression stays so until the Module changes.
      if (!hasCode(error, 'fleet/cluster-expression')) this.#changed.modules.add(name)
    }
  }

  /** What was seen of a cluster since its RemoteAssemblage was written last. */
  #readAssemblage(name: string): void {
    const seen = this.#seen(name)
    const cluster = this.#cluster(name)
    if (this.#plan === undefined || cluster === undefined) return
    if (seen !== undefined && seen.generation < (this.#written.get(name) ?? 0)) return
    const { uid } = cluster.metadata
    const { observed, isOther } = observedChanges({ planned: this.#plan.assemblage(name), seen, uid, now: this.#now })
    for (const each of observed) this.#pending.observed({ ...each, cluster: name })
    if (isOther) this.#clusters.add(name)
  }

  #next(): void {
    const now = this.#now
    const plan = this.#plan === undefined ? planFleet(this.#input(now)) : this.#plan.with(this.#pending.take(now))
    this.#plan = plan
    this.#plannedAt = now
    const { rollouts, assignments, progress, events } = plan.decisions
    for (const { module, state } of rollouts) this.#states.set(module, state)
    for (const { cluster } of assignments) this.#clusters.add(cluster)
    for (const { module } of progress) this.#statuses.add(module)
    this.#log.add(events)
    for (const { cluster, module, revision, why, stage } of assignments)
      this.#context.events.emit('rollout.assigned', { cluster: this.#ref(clusterType, cluster), module, revision, why, stage })
    for (const { module, phase, revision, clusters, done, updating, held } of progress)
      this.#context.events.emit('rollout.progress', {
        module: this.#ref(moduleType, module),
        phase,
        revision,
        clusters,
        done,
        updating,
        held,
      })
  }

  #input(now: number): Parameters<typeof planFleet>[0] {
    const { modules = [], revisions = [], clusters = [] } = this.#pending.take(now)
    const seen = this.#sight.assemblages.list({ namespace: this.#namespace })
    const assemblages = seen.map((each) => this.#viewOf(each, this.#known.get(each.view.cluster)))
    return {
      now,
      modules,
      revisions,
      clusters,
      assemblages,
      rollouts: (this.#stored ?? []).map((each) => rolloutNotAfter(each, now)),
      policy: this.#policy,
    }
  }

  /** What a rollout remembers is written before what it assigns: it says what clusters had before. */
  async #write(): Promise<void> {
    const isSaved = await this.#each(this.#states, 'Module', async ([name, state]) => {
      const object = this.#module(name)
      if (object !== undefined) await writeRollout(object, state, this.#context)
      if (this.#states.get(name) === state) this.#states.delete(name)
    })
    await this.#log.write().catch((error: unknown) => this.#fail('its log could not be written', {}, error))
    if (isSaved)
      await this.#each(this.#clusters, 'Cluster', async (name) => {
        this.#clusters.delete(name)
        await this.#writeAssemblage(name).catch((error: unknown) => {
          this.#clusters.add(name)
          throw error
        })
      })
    await this.#each(this.#statuses, 'Module', async (name) => {
      await this.#saveStatus(name)
      this.#statuses.delete(name)
    })
  }

  async #writeAssemblage(name: string): Promise<void> {
    const cluster = this.#cluster(name)
    if (cluster === undefined || this.#plan === undefined) return
    const { object, isWritten, unresolved } = await writeAssemblage(
      {
        cluster,
        modules: this.#plan.assemblage(name),
        template: this.#options.assemblages ?? {},
        revisionOf: (revision) => this.#revision(revision),
        specialiser: this.#specialiser,
      },
      this.#context,
    )
    if (object !== undefined) this.#written.set(name, object.metadata.generation ?? 0)
    // Others made it so: no change will say what became of it.
    if (!isWritten) this.assemblageChanged(name)
    if (unresolved.size === 0) return
    // The planner has to know that it has not got it; the parameters are asked again before it is planned.
    this.#pending.assemblage(object === undefined ? { cluster: name, uid: cluster.metadata.uid, modules: [] } : assemblageViewOf(object))
    for (const module of unresolved.keys()) this.moduleChanged(module)
  }

  #viewOf({ view }: SeenAssemblage, uid: string | undefined): AssemblageView {
    return viewNotAfter(viewForCluster(view, uid), this.#now)
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
    await saveModuleStatus(object, progress, revisions, this.#context)
  }

  /** Does the same with each of many; what fails is left for the next time. Whether nothing failed. */
  async #each<Item>(items: Iterable<Item>, kind: string, work: (item: Item) => Promise<void>): Promise<boolean> {
    let isDone = true
    await mapAtMost([...items], writesAtOnce, async (item) => {
      try {
        await work(item)
      } catch (error) {
        isDone = false
        this.#fail(`what is planned of a ${kind} could not be written`, { name: Array.isArray(item) ? item[0] : item }, error)
      }
    })
    return isDone
  }

  #fail(message: string, fields: object, error: unknown): void {
    const { signal, logger, events } = this.#context
    if (signal.aborted) throw error
    this.#failed = true
    logger.warn(message, { namespace: this.#namespace, ...fields, error })
    events.emit('rollout.error', { namespace: this.#namespace, error: toError(error), retryInMs: retryMs })
  }

  #module(name: string): KubeObject | undefined {
    return this.#sight.modules.get(this.#ref(moduleType, name))
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

  #ref(
    type: typeof moduleType,
    name: string,
  ): { readonly apiVersion: string; readonly kind: string; readonly namespace: string; readonly name: string } {
    return { ...type, namespace: this.#namespace, name }
  }
}
