import { sortTexts } from '../../../model/compare-text.ts'
import type { Diagnostic } from '../../../rollout/diagnostic.ts'
import { isLooser, SharedBudgets } from '../../../rollout/planner/budgets/shared.ts'
import type { DependencyVerdict, SharedRollouts } from '../../../rollout/planner/input.ts'
import type { HeldTarget, RolloutAction } from '../../../rollout/planner/plan.ts'
import { inTurn } from '../../../rollout/planner/plan-rollouts.ts'
import { readShared } from '../../../rollout/planner/read/read-shared.ts'
import { readObserved } from '../../../rollout/planner/read/read-targets.ts'
import { Wake } from '../../../rollout/planner/wake.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import { assignVersion } from '../../../rollout/view.ts'
import { type Placement, placementOf } from '../placement.ts'
import { ClusterTable } from './cluster-table.ts'
import { FleetEvents } from './fleet-events.ts'
import type { AssemblageView, AssembledModule, FleetChanges, FleetCluster, FleetModule, FleetPolicy, RolloutRecord } from './input.ts'
import { isOf, type Known, nothing, readCluster, readKnown } from './known.ts'
import { ModuleRollout, type ModuleRules } from './module-rollout.ts'
import { type PinAction, pinActions } from './pins.ts'
import type { Assignment, FleetDecisions } from './plan.ts'
import { Revisions } from './revisions.ts'
import { sameVerdict, verdictOf } from './verdict.ts'

const nothingWrong: readonly Diagnostic[] = []

/** All rollouts of a fleet at work: what is known, and what was planned last. Only what has to do with a change is planned again. */
export class FleetRollouts {
  readonly clusters: ClusterTable = new ClusterTable()
  readonly #rollouts: Map<string, ModuleRollout> = new Map()
  readonly #revisions: Revisions = new Revisions()
  /** By cluster and module: what is known of modules that there are not. */
  readonly #strays: Map<string, Map<string, Known>> = new Map()
  #rules: ModuleRules = { problems: [] }
  #shared: Pick<SharedRollouts, 'budgets'> & { readonly patience: number } = { budgets: [], patience: 0 }
  #now: number = Number.NEGATIVE_INFINITY
  #budgets: SharedBudgets | undefined
  /** Whether clusters or the policy have changed, so that the budgets are others. */
  #areBudgetsOld: boolean = true
  /** Those to be planned again. */
  readonly #dirty: Set<ModuleRollout> = new Set()
  #assignments: Assignment[] = []
  #events: FleetEvents = new FleetEvents(0)
  /** Those that were planned in this step. */
  readonly #planned: Set<ModuleRollout> = new Set()

  get modules(): Iterable<ModuleRollout> {
    return this.#rollouts.values()
  }

  rolloutOf(module: string): ModuleRollout | undefined {
    return this.#rollouts.get(module)
  }

  /** Takes changes in, and plans until nothing more is to be done. Returns what was decided. */
  step(changes: FleetChanges, rollouts: readonly RolloutRecord[] = []): FleetDecisions {
    const { now } = changes
    this.#assignments = []
    this.#events = new FleetEvents(now)
    // What was seen later than now is no longer so.
    if (now < this.#now) for (const rollout of this.#rollouts.values()) this.#dirty.add(rollout)
    this.#now = now
    this.#take(changes, rollouts)
    for (const rollout of this.#rollouts.values()) if (rollout.wakeAt <= now) this.#dirty.add(rollout)
    this.#plan()
    return { assignments: this.#assignments, ...this.#changed(), events: this.#events.list }
  }

  get nextWakeAt(): number | null {
    const wake = new Wake(this.#now)
    for (const { wakeAt, state } of this.#rollouts.values()) {
      wake.add(wakeAt)
      if (state !== null && state.waitingSince !== null) wake.add(state.waitingSince + this.#shared.patience)
    }
    return wake.next
  }

  get diagnostics(): readonly Diagnostic[] {
    const found: Diagnostic[] = []
    for (const { module, plan } of this.#rollouts.values())
      for (const each of plan?.diagnostics ?? nothingWrong) found.push({ ...each, path: `modules[${module.id}].${each.path}` })
    return found
  }

  /** What a cluster has, in the order of the modules. */
  assemblage(cluster: string): readonly AssembledModule[] {
    const row = this.clusters.rowOf(cluster)
    if (row === undefined) return []
    return sortTexts(this.#modulesOn(row, cluster)).map((module) => {
      const known = this.#knownOf(row, cluster, module)
      const { direct } = this.#rollouts.get(module)?.module ?? known
      return { module, assigned: known.assigned, observed: known.observed, ...(direct === true && { direct }) }
    })
  }

  /** The modules of which a cluster has something. */
  #modulesOn(row: number, cluster: string): string[] {
    const found = [...(this.#strays.get(cluster)?.keys() ?? [])]
    for (const [module, { targets }] of this.#rollouts) {
      const view = targets.get(row)
      if (view !== undefined && (view.assigned !== null || view.observed !== null)) found.push(module)
    }
    return found
  }

  /** The shared budget that holds a target. */
  budgetHold(view: TargetView): Pick<HeldTarget, 'message' | 'by'> | undefined {
    return this.#budgets?.holdOf(view)
  }

  /** The placements of all modules on a cluster. */
  placementsOn(row: number, modules: Iterable<string> = this.#rollouts.keys()): Map<string, Placement> {
    const placements = new Map<string, Placement>()
    for (const id of modules) {
      const rollout = this.#rollouts.get(id)
      const view = rollout?.targets.get(row)
      if (rollout !== undefined && view !== undefined) placements.set(id, placementOf(this.#revisions.placed(rollout.module), view))
    }
    return placements
  }

  #take(changes: FleetChanges, rollouts: readonly RolloutRecord[]): void {
    const { policy, removedClusters = [], clusters = [], removedModules = [], modules = [], revisions = [], assemblages = [] } = changes
    // Neighbours from before as well: what needs a module no longer is let go.
    for (const { module } of revisions) this.#touch(module)
    for (const revision of revisions) this.#revisions.put(revision)
    if (policy !== undefined) this.#setPolicy(policy)
    for (const id of removedClusters) this.#removeCluster(id)
    for (const id of removedModules) this.#removeModule(id)
    const stored = new Map(rollouts.map(({ module, state }) => [module, state]))
    for (const module of modules) this.#putModule(module, stored.get(module.id))
    for (const [module, state] of stored) this.#rollouts.get(module)?.restore(state)
    const given = new Map(assemblages.map((each) => [each.cluster, each]))
    for (const cluster of clusters) {
      this.#putCluster(cluster, given.get(cluster.id))
      given.delete(cluster.id)
    }
    for (const assemblage of given.values()) this.#putAssemblage(assemblage)
    for (const { cluster, module, observed } of changes.observed ?? []) {
      const row = this.clusters.rowOf(cluster)
      if (row === undefined) continue
      const { assigned, direct } = this.#knownOf(row, cluster, module)
      this.#learn(row, cluster, module, { assigned, observed: readObserved(observed), direct })
    }
    const touched = new Set([...modules.map(({ id }) => id), ...revisions.map(({ module }) => module)])
    for (const id of touched) this.#touch(id)
  }

  /** Plans again a module and those that it has to do with. */
  #touch(id: string): void {
    for (const module of [id, ...this.#revisions.neighboursOf(id)]) {
      const rollout = this.#rollouts.get(module)
      if (rollout !== undefined) this.#dirty.add(rollout)
    }
  }

  #setPolicy(policy: FleetPolicy): void {
    this.#events.braked(policy.handbrake, this.#rules.handbrake)
    this.#areBudgetsOld = true
    const { budgets, patience, problems } = readShared({ rollouts: [], budgets: policy.budgets ?? [], patience: policy.patience })
    this.#shared = { budgets: problems.length > 0 ? [] : budgets, patience }
    this.#rules = {
      windows: policy.freezes === undefined ? undefined : { freezes: policy.freezes },
      handbrake: policy.handbrake,
      problems: problems.map((problem) => ({ ...problem, path: `policy.${problem.path}` })),
    }
    for (const rollout of this.#rollouts.values()) {
      rollout.take(rollout.module, this.#rules)
      this.#dirty.add(rollout)
    }
  }

  #putModule(module: FleetModule, stored: RolloutState | undefined): void {
    const known = this.#rollouts.get(module.id)
    const rollout = known ?? new ModuleRollout(module, this.#rules, this.clusters, (cluster) => this.#verdictOf(module.id, cluster))
    this.#events.specified(module, known?.module, stored)
    known?.take(module, this.#rules)
    this.#rollouts.set(module.id, rollout)
    this.#dirty.add(rollout)
    for (const row of this.clusters.rows()) {
      const cluster = this.clusters.at(row)
      const view = rollout.viewOf(cluster, rollout.targets.get(row) ?? this.#strays.get(cluster.id)?.get(module.id) ?? nothing)
      if (view === undefined) rollout.targets.delete(row)
      else rollout.targets.set(row, view)
      if (known === undefined) this.#strays.get(cluster.id)?.delete(module.id)
    }
  }

  #removeModule(id: string): void {
    const rollout = this.#rollouts.get(id)
    if (rollout === undefined) return
    if (this.#budgets !== undefined) rollout.release(this.#budgets)
    this.#rollouts.delete(id)
    this.#dirty.delete(rollout)
    this.#planned.delete(rollout)
    for (const row of [...rollout.targets.rows]) {
      const { assigned, observed } = rollout.targets.get(row) as TargetView
      const { direct } = rollout.module
      if (assigned !== null || observed !== null) this.#setStray(this.clusters.at(row).id, id, { assigned, observed, direct })
    }
    this.#touch(id)
  }

  #putCluster(given: FleetCluster, assemblage: AssemblageView | undefined): void {
    const cluster = readCluster(given)
    const before = this.clusters.rowOf(cluster.id)
    const old = before === undefined ? undefined : this.clusters.at(before)
    const row = this.clusters.put(cluster)
    this.#events.seen(cluster, old)
    const isOther = old !== undefined && old.uid !== cluster.uid
    if (isOther) this.#strays.delete(cluster.id)
    const isMoved = isOther || old === undefined || old.labels !== cluster.labels || old.weight !== cluster.weight
    if (isMoved) this.#areBudgetsOld = true
    // Of a cluster that there was not before, each target is made with what it has.
    const has = old === undefined ? this.#knownIn(cluster, assemblage) : undefined
    for (const [id, rollout] of this.#rollouts) {
      const known = rollout.targets.get(row)
      const view = rollout.viewOf(cluster, has?.get(id) ?? (isOther ? nothing : (known ?? nothing)))
      if (view !== undefined) rollout.targets.set(row, view)
      else if (known !== undefined) rollout.targets.delete(row)
      else continue
      if (view === undefined || !rollout.isIndifferentTo(known, view)) this.#dirty.add(rollout)
      if (isMoved) rollout.relabel()
    }
    if (old !== undefined && assemblage !== undefined) this.#putAssemblage(assemblage)
  }

  /** By module, what a new cluster has. */
  #knownIn(cluster: FleetCluster, assemblage: AssemblageView | undefined): ReadonlyMap<string, Known> {
    const found = new Map<string, Known>()
    if (assemblage === undefined || !isOf(assemblage, cluster)) return found
    for (const each of assemblage.modules) {
      const known = readKnown(each)
      if (this.#rollouts.has(each.module)) found.set(each.module, known)
      else this.#setStray(cluster.id, each.module, known)
    }
    return found
  }

  #removeCluster(id: string): void {
    const row = this.clusters.rowOf(id)
    if (row === undefined) return
    for (const rollout of this.#rollouts.values()) {
      if (rollout.targets.get(row) === undefined) continue
      rollout.targets.delete(row)
      rollout.relabel()
      this.#dirty.add(rollout)
    }
    this.#strays.delete(id)
    this.clusters.remove(id)
    this.#areBudgetsOld = true
  }

  #putAssemblage(assemblage: AssemblageView): void {
    const { cluster, modules } = assemblage
    const row = this.clusters.rowOf(cluster)
    if (row === undefined || !isOf(assemblage, this.clusters.at(row))) return
    const given = new Set(modules.map((each) => each.module))
    for (const module of this.#modulesOn(row, cluster)) if (!given.has(module)) this.#learn(row, cluster, module, nothing)
    for (const each of modules) {
      const { assigned, observed, direct } = readKnown(each)
      const known = this.#knownOf(row, cluster, each.module)
      // What is assigned may not have been stored yet.
      const isOlder = (assigned?.generation ?? 0) < (known.assigned?.generation ?? 0)
      this.#learn(row, cluster, each.module, { assigned: isOlder ? known.assigned : assigned, observed, direct })
    }
  }

  #knownOf(row: number, cluster: string, module: string): Known {
    return this.#rollouts.get(module)?.targets.get(row) ?? this.#strays.get(cluster)?.get(module) ?? nothing
  }

  #learn(row: number, cluster: string, module: string, known: Known): void {
    const rollout = this.#rollouts.get(module)
    if (rollout === undefined) {
      this.#setStray(cluster, module, known)
      return
    }
    const before = rollout.targets.get(row)
    this.#events.observed(module, cluster, known, before)
    this.#place(rollout, row, known)
  }

  #setStray(cluster: string, module: string, known: Known): void {
    const strays = this.#strays.get(cluster) ?? new Map<string, Known>()
    this.#strays.set(cluster, strays)
    if (known.assigned === null && known.observed === null) strays.delete(module)
    else strays.set(module, known)
  }

  /** Writes down what is known of a module on a cluster. What that lets its neighbours do there may be something else than before. */
  #place(rollout: ModuleRollout, row: number, known: Known): void {
    const cluster = this.clusters.at(row)
    const view = rollout.viewOf(cluster, known)
    const waiting: ModuleRollout[] = []
    for (const id of this.#revisions.neighboursOf(rollout.module.id)) {
      const neighbour = this.#rollouts.get(id)
      if (neighbour !== undefined && !this.#dirty.has(neighbour)) waiting.push(neighbour)
    }
    const before = waiting.map(({ module }) => this.#verdictOf(module.id, cluster.id))
    if (view === undefined) rollout.targets.delete(row)
    else rollout.targets.set(row, view)
    this.#dirty.add(rollout)
    for (const [at, each] of waiting.entries())
      if (!sameVerdict(before[at], this.#verdictOf(each.module.id, cluster.id))) this.#dirty.add(each)
  }

  /** What dependencies say about a module on a cluster. */
  #verdictOf(id: string, cluster: string): DependencyVerdict | undefined {
    const around = this.#revisions.neighboursOf(id)
    const row = around.size === 0 ? undefined : this.clusters.rowOf(cluster)
    if (row === undefined) return undefined
    const rollout = this.#rollouts.get(id)
    const view = rollout?.targets.get(row)
    if (rollout === undefined || view === undefined) return undefined
    return verdictOf(id, placementOf(this.#revisions.placed(rollout.module), view), this.placementsOn(row, around))
  }

  /** Plans what is to be planned again, in turn, until nothing is. */
  #plan(): void {
    this.#renewBudgets()
    const budgets = this.#budgets
    if (budgets !== undefined) for (const rollout of this.#dirty) rollout.charge(this.#now, budgets)
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#dirty.delete(next)
      this.#planOne(next, budgets)
    }
  }

  #renewBudgets(): void {
    if (!this.#areBudgetsOld) return
    this.#areBudgetsOld = false
    const { budgets } = this.#shared
    this.#budgets = budgets.length === 0 ? undefined : new SharedBudgets(budgets, this.clusters.targets())
    for (const rollout of this.#rollouts.values()) {
      if (rollout.refusals.size > 0) this.#dirty.add(rollout)
      rollout.chargeAgain(this.#budgets)
    }
  }

  /** The first in turn of those that are to be planned again, or wait for a budget that has more room now. */
  #next(): ModuleRollout | undefined {
    let first: ModuleRollout | undefined
    for (const rollout of this.#rollouts.values()) {
      if (!this.#dirty.has(rollout) && !isLooser(rollout.refusals)) continue
      if (first === undefined || inTurn(rollout.turnAt(this.#now), first.turnAt(this.#now), this.#shared.patience) < 0) first = rollout
    }
    return first
  }

  #planOne(rollout: ModuleRollout, budgets: SharedBudgets | undefined): void {
    const { module, state } = rollout
    this.#planned.add(rollout)
    const { actions: decided, events } = rollout.tick(this.#now, budgets)
    const actions = [...decided, ...pinActions(rollout, this.clusters, this.#now)]
    this.#events.decided(module.id, events, rollout.state)
    // What is updating depends on the attempt, which may have begun just now.
    if (rollout.state !== state && budgets !== undefined) rollout.charge(this.#now, budgets)
    if (actions.length === 0) return
    const taken: TargetView[] = []
    for (const action of actions) {
      const row = this.clusters.rowOf(action.target) as number
      const view = rollout.targets.get(row) as TargetView
      if ('set' in action && !rollout.isCharged(action.target)) taken.push(view)
      const assigned = assignVersion(view, 'set' in action ? action.set : null, this.#now)
      const assignment = assignmentOf(module, action, assigned)
      this.#assignments.push(assignment)
      this.#events.assigned(assignment, module.emergency)
      this.#place(rollout, row, assigned)
    }
    if (budgets !== undefined) rollout.charge(this.#now, budgets, taken)
  }

  /** States and progress that are others than they were. */
  #changed(): Pick<FleetDecisions, 'rollouts' | 'progress'> {
    const planned = [...this.#planned]
    this.#planned.clear()
    return {
      rollouts: planned.flatMap((rollout) => rollout.newState()),
      progress: planned.flatMap((rollout) => rollout.newProgress()),
    }
  }
}

function assignmentOf(
  { id, direct }: FleetModule,
  { target, why, stage }: RolloutAction | PinAction,
  { assigned }: TargetView,
): Assignment {
  const { version, generation, at } = assigned as NonNullable<TargetView['assigned']>
  return { cluster: target, module: id, revision: version, generation, at, why, stage, ...(direct === true && { direct }) }
}
