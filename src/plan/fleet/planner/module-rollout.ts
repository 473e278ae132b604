import { compileSelector } from '../../../model/compile-selector.ts'
import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import { validateSelector } from '../../../model/schema/validate-selector.ts'
import { errorOf } from '../../../rollout/diagnostic.ts'
import { isStagedAlike } from '../../../rollout/planner/assign-stages.ts'
import type { Refusals, SharedBudgets } from '../../../rollout/planner/budgets/shared.ts'
import type { DependencyVerdict, RolloutInput } from '../../../rollout/planner/input.ts'
import { isSound } from '../../../rollout/planner/outcome.ts'
import type { RolloutPlan } from '../../../rollout/planner/plan.ts'
import { planWithin } from '../../../rollout/planner/plan-rollout.ts'
import { type TurnKey, updatingOf } from '../../../rollout/planner/plan-rollouts.ts'
import { type ReadInput, readInput } from '../../../rollout/planner/read/read-input.ts'
import type { ReadRollout } from '../../../rollout/planner/read/read-rollout.ts'
import { readState } from '../../../rollout/planner/read/read-state.ts'
import { isHold } from '../../../rollout/planner/read/read-targets.ts'
import { countDone, countUpdating, resultOf } from '../../../rollout/planner/results.ts'
import { trackOf } from '../../../rollout/planner/tracks.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { CanonicalStrategy } from '../../../rollout/strategy/canonical.ts'
import { resolveStrategy } from '../../../rollout/strategy/resolve.ts'
import type { TargetHold, TargetView } from '../../../rollout/target-view.ts'
import type { RolloutWindows } from '../../../rollout/windows/windows.ts'
import type { ClusterTable } from './cluster-table.ts'
import { type FoundWindows, findWindows, joinWindows } from './find-windows.ts'
import { isPulled } from './handbrake.ts'
import type { FleetCluster, FleetModule, FleetPolicy, RolloutRecord } from './input.ts'
import { ModuleTargets } from './module-targets.ts'
import type { ModuleProgress, StageMembers, StageOfModule } from './plan.ts'

const atOnce: CanonicalStrategy = { stages: [] }
const none: Refusals = new Map()

/** What is seen of every target. */
const seenFields = ['assigned', 'observed', 'busy'] as const

/** What holds for all modules, and what is wrong with it. */
export interface ModuleRules extends Pick<FleetPolicy, 'handbrake'> {
  /** The freezes of all modules. */
  readonly windows?: Pick<RolloutWindows, 'freezes'> | undefined
  readonly problems: readonly Problem[]
}

/** One module at work: its targets, the state of its rollout, and what was planned of it last. */
export class ModuleRollout {
  readonly targets: ModuleTargets
  plan: RolloutPlan | undefined
  /** The parts of shared budgets that hold some of its targets. */
  refusals: Refusals = none
  /** When it is to be planned although nothing was changed. */
  wakeAt: number = Number.NEGATIVE_INFINITY
  readonly #verdictOf: (cluster: string) => DependencyVerdict | undefined
  #module: FleetModule
  #rules: ModuleRules
  #selects: (cluster: FleetCluster) => boolean
  #stateProblems: readonly Problem[] = []
  #state: RolloutState | null = null
  #windows: FoundWindows | undefined
  #read: ReadInput | undefined
  /** What it was planned from last. */
  #rollout: ReadRollout | undefined
  /** What was said of it last. */
  #shown: RolloutState | null = null
  #shownProgress: string | undefined
  /** What it takes from shared budgets. */
  #charged: readonly TargetView[] = []

  /** @param verdictOf - what dependencies say about the module on a cluster */
  constructor(
    module: FleetModule,
    rules: ModuleRules,
    clusters: ClusterTable,
    verdictOf: (cluster: string) => DependencyVerdict | undefined,
  ) {
    this.targets = new ModuleTargets(clusters)
    this.#module = module
    this.#rules = rules
    this.#verdictOf = verdictOf
    this.#selects = selectorOf(module)
  }

  get module(): FleetModule {
    return this.#module
  }

  get state(): RolloutState | null {
    return this.#state
  }

  /** Whether nothing of it is started. */
  get isPaused(): boolean {
    return isPulled(this.#rules.handbrake) || this.#module.paused === true
  }

  /** Takes another specification, or other rules, from now on. */
  take(module: FleetModule, rules: ModuleRules): void {
    if (module.selector !== this.#module.selector || module.names !== this.#module.names) this.#selects = selectorOf(module)
    this.#module = module
    this.#rules = rules
    this.#forgetWindows()
  }

  /** Goes on from a state as it was stored. */
  restore(given: RolloutState): void {
    const { state, problems } = readState(given)
    this.#state = state
    this.#stateProblems = problems
  }

  /** The labels of some clusters are others. */
  relabel(): void {
    if (this.#windows?.isByLabel === true) this.#forgetWindows()
  }

  #forgetWindows(): void {
    this.#windows = undefined
    this.#read = undefined
    this.#rollout = undefined
  }

  /** A cluster as a target; `undefined` where it neither is to have the module nor has something of it. */
  viewOf(cluster: FleetCluster, { assigned, observed }: Pick<TargetView, 'assigned' | 'observed'>): TargetView | undefined {
    const selected = this.#selects(cluster)
    if (!selected && assigned === null && observed === null) return undefined
    const { id, labels, sortKey, weight, reach, busy } = cluster
    const { holds } = this.#module
    const hold = isMap(holds) && Object.hasOwn(holds, id) ? (holds[id] as TargetHold) : cluster.hold
    return { id, labels, sortKey, weight, selected, reach, assigned, observed, hold, busy }
  }

  /**
   * Whether what was planned holds although a cluster is another: of a target that is done counts only what its stage goes by, unless targets are
   * to be reverted, or failures stop label values.
   */
  isIndifferentTo(before: TargetView | undefined, now: TargetView): boolean {
    if (before === undefined || this.plan === undefined || this.#state === null) return false
    const { halted, tracks, cohorts } = this.#state
    const strategy = this.#module.rollout ?? atOnce
    // One that is done with what is wanted can be pinned to something else.
    if (typeof now.hold === 'object') return false
    const isAlike =
      isStagedAlike(before, now, resolveStrategy(strategy).labels) && seenFields.every((field) => before[field] === now[field])
    if (!isAlike || !isSound(now) || halted !== null || tracks !== undefined || resultOf(this.plan, now.id)?.list !== 'done') return false
    const isByLabel = strategy.correlate !== undefined || cohorts.length > 0 || this.#windows?.isByLabel !== false
    return before.labels === now.labels || !isByLabel
  }

  /** Where it is in the order in which modules take from shared budgets. */
  turnAt(now: number): TurnKey {
    const { id, priority = 0 } = this.#module
    // One that is none is held, and takes nothing.
    return { id, priority: Number.isFinite(priority) ? priority : 0, state: this.#state, now }
  }

  /** The very same where nothing has changed: it is asked for what is updating, and then planned. */
  #rolloutAt(now: number): ReadRollout {
    const read = this.#readAt(now)
    const { views, pages } = this.targets
    const [last, state] = [this.#rollout, this.#state]
    if (last?.input.now === now && last.pages === pages && last.prev === state) return last
    const input = { ...read.input, now, targets: views, verdictOf: this.#verdictOf }
    this.#rollout = { ...read, input, pages, prev: state, given: state }
    return this.#rollout
  }

  /** Counts in shared budgets what is updating as they are now. */
  charge(now: number, budgets: SharedBudgets, also: readonly TargetView[] = []): void {
    this.release(budgets)
    for (const view of also) budgets.release(view)
    this.#charged = updatingOf(this.#rolloutAt(now))
    for (const view of this.#charged) budgets.charge(view)
  }

  /** Takes back what was counted. */
  release(budgets: SharedBudgets): void {
    for (const view of this.#charged) budgets.release(view)
    this.#charged = []
  }

  /** The budgets are others: counts in them what is updating as it was counted last. */
  chargeAgain(budgets: SharedBudgets | undefined): void {
    this.refusals = none
    for (const view of this.#charged) budgets?.charge(view)
  }

  isCharged(id: string): boolean {
    return this.#charged.some((view) => view.id === id)
  }

  /** Plans it. What is to be assigned is up to the caller, who calls again afterwards. */
  tick(now: number, budgets: SharedBudgets | undefined): RolloutPlan {
    const plan = planWithin(this.#rolloutAt(now), budgets)
    this.plan = plan
    this.#state = plan.state
    this.refusals = budgets?.refusals() ?? none
    this.wakeAt = Math.min(plan.nextWakeAt ?? Number.POSITIVE_INFINITY, this.#windows?.until ?? Number.POSITIVE_INFINITY)
    return plan
  }

  /** Its state, where that is another than it was when this was asked last. */
  newState(): readonly RolloutRecord[] {
    if (this.#state === null || this.#state === this.#shown) return []
    this.#shown = this.#state
    return [{ module: this.#module.id, state: this.#state }]
  }

  /** Where it stands, likewise. */
  newProgress(): readonly ModuleProgress[] {
    const { progress } = this
    const text = JSON.stringify(progress)
    if (text === this.#shownProgress) return []
    this.#shownProgress = text
    return [progress]
  }

  get progress(): ModuleProgress {
    const { phase, cause, gates } = this.plan as RolloutPlan
    const [clusters, done, updating] = [
      this.targets.views.length,
      countDone(this.plan as RolloutPlan),
      countUpdating(this.plan as RolloutPlan),
    ]
    const { id: module, revision } = this.#module
    return { module, revision, phase, ...(cause && { cause }), gates, clusters, done, updating, held: clusters - done - updating }
  }

  /** The clusters of a stage. */
  members({ stage, track }: StageOfModule): StageMembers {
    const members = { done: [] as string[], updating: [] as string[], held: [] as string[] }
    const label = this.#module.rollout?.tracks
    for (const view of this.targets.views) {
      if (track !== undefined && label !== undefined && trackOf(view, label) !== track) continue
      const result = resultOf(this.plan as RolloutPlan, view.id)
      if (result?.stage === stage) members[result.list].push(view.id)
    }
    return members
  }

  #readAt(now: number): ReadInput {
    if (this.#windows === undefined || now >= this.#windows.until) {
      const [own, common] = [this.#module.windows, this.#rules.windows].map((windows) => findWindows(windows, now, this.targets.views))
      this.#forgetWindows()
      this.#windows = joinWindows(own as FoundWindows, common as FoundWindows)
    }
    this.#read ??= this.#readModule(now, this.#windows)
    return this.#read
  }

  /** What is the same in each tick, looked at once. */
  #readModule(now: number, windows: FoundWindows): ReadInput {
    const { id, revision, nonce, rollout, approvals, verdicts, aborted, emergency } = this.#module
    const read = readInput(
      {
        now,
        module: { id, version: revision, nonce },
        strategy: rollout ?? atOnce,
        targets: [],
        ...windows.intervals,
        approvals,
        verdicts,
        paused: this.isPaused,
        aborted,
        emergency,
      } as RolloutInput,
      null,
    )
    const problems = [...this.#rules.problems, ...windows.problems, ...moduleProblems(this.#module), ...this.#stateProblems]
    const errors = [...read.errors, ...problems.map((problem) => errorOf('bad-input', problem))]
    return { ...read, errors }
  }
}

/** What is wrong holds the module, whatever this says then. */
function selectorOf({ selector, names }: FleetModule): (cluster: FleetCluster) => boolean {
  if (selector == null || selectorProblems({ selector, names }).length > 0) return () => false
  const selects = compileSelector(selector)
  const among = names && new Set(names)
  return ({ id, labels = {} }) => among?.has(id) !== false && selects(labels)
}

function selectorProblems({ selector, names }: Pick<FleetModule, 'selector' | 'names'>): readonly Problem[] {
  const isNames = names == null || (Array.isArray(names) && names.every((name) => typeof name === 'string'))
  return [
    ...(selector == null ? [] : validateSelector(selector, 'selector')),
    ...(isNames ? [] : [{ path: 'names', found: describeValue(names), accepted: 'a list of ids of clusters' }]),
  ]
}

function moduleProblems(module: FleetModule): readonly Problem[] {
  const { holds, priority } = module
  const isHolds = holds == null || (isMap(holds) && Object.values(holds).every(isHold))
  return [
    ...selectorProblems(module),
    ...(isHolds ? [] : [{ path: 'holds', found: describeValue(holds), accepted: 'by cluster: paused, excluded, or a pin' }]),
    ...(priority == null || Number.isFinite(priority) ? [] : [{ path: 'priority', found: describeValue(priority), accepted: 'a number' }]),
  ]
}
