import type { ModuleSpec } from '../../../model/kinds/module/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { FleetPolicy } from '../../../plan/fleet/planner/input.ts'
import { BudgetParts } from '../../../rollout/planner/budgets/shared.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import type { FleetState } from './fleet-state.ts'
import { type Happening, isUpdating, type Pair } from './happening.ts'
import { isSelected } from './is-selected.ts'
import { isOfNow, otherThanComplete } from './missing.ts'

/** What must hold of every fleet, whatever fails. */
export type FleetRule =
  /** No more updates are in progress than the shared budgets let be, as the clusters see it. */
  | 'budget'
  /** What a module needs is ready on a cluster before it goes there, and is taken from there after it. */
  | 'order'
  /** Nothing is assigned while the handbrake is on. */
  | 'handbrake'
  /** Nothing is assigned to a cluster that cannot be reached. */
  | 'reach'
  /** A later assignment has a higher number, and one number is one revision. */
  | 'generation'
  /** Nothing arrives of a manager once its successor has written: two managers never both act. */
  | 'fencing'
  /** What the status of a module says of its present generation is so: a complete one was assigned to all of its clusters. */
  | 'status'
  /** Once everything heals, each module comes to an end, and a complete one is exactly where it is to be. */
  | 'convergence'

/** All of them. */
export const fleetRules: readonly FleetRule[] = ['budget', 'order', 'handbrake', 'reach', 'generation', 'fencing', 'status', 'convergence']

/** What did not hold. */
export interface FleetViolation {
  /** One of the rules of every fleet, the name of an invariant, or `throws` where a scenario or an invariant threw an error. */
  readonly invariant: string
  readonly message: string
  /** Milliseconds from the beginning. */
  readonly at: number
  /** What was thrown. */
  readonly cause?: unknown
}

export interface RefereeOptions {
  readonly state: FleetState
  readonly now: () => number
  readonly says: (rule: FleetRule, message: string) => void
}

/** For how long what was planned before may still arrive, in milliseconds. */
const lateMs = 120_000

/** Judges each thing that happens by what is stored alone: whether it was right to assign what is assigned. */
export class Referee {
  readonly #options: RefereeOptions
  readonly #updating: Map<string, Pair> = new Map()
  /** When each of these happened last: a cluster was lost, edited or relabelled, what was ready somewhere ended. */
  readonly #lost: Map<string, number> = new Map()
  readonly #edited: Map<string, number> = new Map()
  readonly #relabelled: Map<string, number> = new Map()
  readonly #ready: Map<string, number> = new Map()
  #policy: FleetPolicy = {}
  #braked: number | undefined
  /** The parts of each budget, made when they are first asked for, and since when a part has no more than now. */
  #parts: readonly BudgetParts[] | undefined
  #shrunk: ReadonlyMap<string, number> = new Map()
  #limits: ReadonlyMap<string, number> = new Map()
  /** Since when a cluster is as a Module selects it. */
  readonly #since: Map<string, number> = new Map()

  constructor(options: RefereeOptions) {
    this.#options = options
  }

  /** What holds for all modules from now on. */
  governs(policy: FleetPolicy): void {
    this.#braked = policy.handbrake === true ? (this.#braked ?? this.#options.now()) : undefined
    this.#policy = policy
    this.#parts = undefined
  }

  judge(happening: Happening): void {
    const { now } = this.#options
    switch (happening.what) {
      case 'joined':
      case 'left':
        for (const map of [this.#lost, this.#edited, this.#relabelled]) map.delete(happening.cluster)
        for (const map of [this.#updating, this.#ready])
          for (const key of map.keys()) if (key.startsWith(`${happening.cluster} `)) map.delete(key)
        this.#parts = undefined
        this.#since.set(happening.cluster, now())
        if (happening.what === 'joined' && this.#options.state.clusters.get(happening.cluster)?.isReachable === false)
          this.#lost.set(happening.cluster, now())
        return
      case 'lost':
        this.#lost.set(happening.cluster, now())
        return
      case 'found':
        this.#since.set(happening.cluster, now())
        this.#lost.delete(happening.cluster)
        return
      case 'relabelled':
        this.#parts = undefined
        this.#relabelled.set(happening.cluster, now())
        return
      case 'edited':
        this.#edited.set(happening.cluster, now())
        return
      case 'assigned':
        this.#judgeAssignment(happening.pair, happening.before)
        return
      case 'taken':
        this.#judgeRemoval(happening.cluster, happening.module)
        return
      case 'ready':
      case 'failed':
      case 'gone':
        this.#note(happening.pair)
        this.#noteReady(happening.pair, happening.what)
        return
    }
  }

  /** What a manager says of a Module. */
  judgeStatus(module: string, object: KubeObject): void {
    const { state, says } = this.#options
    if ((object.status as { readonly phase?: string } | undefined)?.phase !== 'Complete' || !isOfNow(object)) return
    for (const [cluster, message] of otherThanComplete(module, object, state))
      if (![this.#since, this.#edited, this.#relabelled].some((times) => this.#isLate(times, cluster))) says('status', message)
  }

  #judgeAssignment(pair: Pair, before: Pair | undefined): void {
    const { state, says, now } = this.#options
    const { cluster, module, revision, generation } = pair
    this.#note(pair)
    if (before !== undefined && generation < before.generation)
      says('generation', `${module} on ${cluster} is assigned ${generation} after ${before.generation}`)
    if (before?.generation === generation) says('generation', `${module} on ${cluster} is assigned another revision as ${generation}`)
    const lostAt = this.#lost.get(cluster)
    if (lostAt !== undefined && now() - lostAt > lateMs) says('reach', `${module} is assigned to ${cluster}, which cannot be reached`)
    if (this.#braked !== undefined && now() - this.#braked > lateMs) says('handbrake', `${module} is assigned to ${cluster}`)
    // One that has the revision, and failed, is tried again whatever it needs.
    if (before?.revision !== revision && !this.#isLate(this.#edited, cluster))
      for (const need of needsOf(state, revision))
        if (!this.#wasReady(cluster, need)) says('order', `${module} is assigned to ${cluster} without ${need}`)
    this.#judgeBudgets(cluster)
  }

  /** What others need on a cluster is taken from it after them. */
  #judgeRemoval(cluster: string, module: string): void {
    const { state, says } = this.#options
    this.#updating.delete(`${cluster} ${module}`)
    if (this.#isLate(this.#edited, cluster)) return
    for (const pair of state.pairs.get(state.clusters.get(cluster)?.uid ?? '')?.values() ?? [])
      if (pair.isAssigned && needsOf(state, pair.revision).includes(module))
        says('order', `${module} is taken from ${cluster} before ${pair.module}`)
  }

  #judgeBudgets(cluster: string): void {
    const { state, says } = this.#options
    const { budgets = [] } = this.#policy
    if (budgets.length === 0) return
    const labels = state.clusters.get(cluster)?.object.metadata.labels
    for (const [index, parts] of this.#budgetParts().entries()) {
      const part = parts.of(labels)
      if (part === undefined) continue
      const key = `${index} ${part}`
      const limit = this.#limits.get(key) ?? 0
      const counted = [...this.#updating.values()].filter((pair) => this.#isCounted(pair, parts, part))
      const used = counted.reduce((sum, pair) => sum + parts.costOf(viewOf(state, pair.cluster)), 0)
      if (used <= limit || this.#isLate(this.#shrunk, key)) continue
      const who = counted.map((pair) => `${pair.module} on ${pair.cluster}`)
      says(
        'budget',
        `${parts.budget.id}${part === '' ? '' : ` (${part})`}: ${used} are updating, ${limit} may be: ${who.slice(0, 10).join(', ')}`,
      )
    }
  }

  /** One that is to be removed takes part of no budget any more; what is given back after an edit is in progress whatever else is. */
  #isCounted({ cluster, module }: Pair, parts: BudgetParts, part: string): boolean {
    const { state } = this.#options
    const object = state.clusters.get(cluster)?.object
    if (object === undefined || parts.of(object.metadata.labels) !== part) return false
    if (this.#isLate(this.#edited, cluster) || this.#isLate(this.#relabelled, cluster)) return false
    const wanted = state.modules.get(module)
    return (
      wanted !== undefined && wanted.metadata.deletionTimestamp === undefined && isSelected(wanted.spec as unknown as ModuleSpec, object)
    )
  }

  #budgetParts(): readonly BudgetParts[] {
    if (this.#parts !== undefined) return this.#parts
    const { state, now } = this.#options
    const fleet = [...state.clusters.keys()].map((name) => viewOf(state, name))
    const parts = (this.#policy.budgets ?? []).map((budget) => new BudgetParts(budget, fleet))
    const limits = new Map(
      parts.flatMap((each, index) => [...each.limits].map(([part, limit]) => [`${index} ${part}`, limit] as [string, number])),
    )
    const shrunk = [...this.#limits].flatMap(([key, limit]) => ((limits.get(key) ?? 0) < limit ? [[key, now()] as [string, number]] : []))
    this.#shrunk = new Map([...this.#shrunk, ...shrunk])
    this.#limits = limits
    this.#parts = parts
    return parts
  }

  #note(pair: Pair): void {
    const key = `${pair.cluster} ${pair.module}`
    if (isUpdating(pair)) this.#updating.set(key, pair)
    else this.#updating.delete(key)
  }

  /** Since when what was ready on a cluster is so no longer; infinite while it is. */
  #noteReady({ cluster, module }: Pair, what: 'ready' | 'failed' | 'gone'): void {
    const key = `${cluster} ${module}`
    if (what === 'ready') this.#ready.set(key, Number.POSITIVE_INFINITY)
    else if (this.#ready.get(key) === Number.POSITIVE_INFINITY) this.#ready.set(key, this.#options.now())
  }

  /** Whether a module is ready on a cluster, or was when what arrives now was planned. */
  #wasReady(cluster: string, module: string): boolean {
    const until = this.#ready.get(`${cluster} ${module}`)
    return until !== undefined && this.#options.now() - until < lateMs
  }

  #isLate(times: ReadonlyMap<string, number>, key: string): boolean {
    return this.#options.now() - (times.get(key) ?? Number.NEGATIVE_INFINITY) < lateMs
  }
}

function needsOf({ revisions }: FleetState, revision: string): readonly string[] {
  return (revisions.get(revision)?.dependsOn ?? []).map(({ name }) => name)
}

function viewOf({ clusters }: FleetState, id: string): TargetView {
  const labels = clusters.get(id)?.object.metadata.labels
  return { id, labels, reach: { ok: true, since: 0 }, assigned: null, observed: null }
}
