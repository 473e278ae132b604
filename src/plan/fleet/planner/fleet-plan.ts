import { sortTexts } from '../../../model/compare-text.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { Diagnostic } from '../../../rollout/diagnostic.ts'
import type { UpdatingTarget } from '../../../rollout/planner/plan.ts'
import { explainPair } from './explain.ts'
import type { FleetRollouts } from './fleet-rollouts.ts'
import type { AssembledModule, FleetChanges, RolloutRecord } from './input.ts'
import type { Explanation, FleetDecisions, FleetPlan, FleetPlanDocument, ModuleProgress, StageMembers, StageOfModule } from './plan.ts'
import { checkChanges } from './read-fleet.ts'

/** A plan, and the memory of the planner as long as it is the newest. */
export class PlannedFleet implements FleetPlan {
  readonly decisions: FleetDecisions
  readonly nextWakeAt: number | null
  readonly diagnostics: readonly Diagnostic[]
  #fleet: FleetRollouts | undefined

  constructor(fleet: FleetRollouts, changes: FleetChanges, rollouts: readonly RolloutRecord[]) {
    this.decisions = fleet.step(changes, rollouts)
    this.nextWakeAt = fleet.nextWakeAt
    this.diagnostics = fleet.diagnostics
    this.#fleet = fleet
  }

  /** Whether no other plan has followed. */
  get isNewest(): boolean {
    return this.#fleet !== undefined
  }

  with(changes: FleetChanges): PlannedFleet {
    checkChanges(changes)
    const fleet = this.#newest()
    this.#fleet = undefined
    return new PlannedFleet(fleet, changes, [])
  }

  assemblage(cluster: string): readonly AssembledModule[] {
    return this.#newest().assemblage(cluster)
  }

  progress(module: string): ModuleProgress | undefined {
    return this.#newest().rolloutOf(module)?.progress
  }

  updating(module: string): readonly UpdatingTarget[] {
    return this.#newest().rolloutOf(module)?.plan?.updating ?? []
  }

  members(module: string, stage: StageOfModule): StageMembers {
    return this.#newest().rolloutOf(module)?.members(stage) ?? { done: [], updating: [], held: [] }
  }

  explain(cluster: string, module: string): Explanation {
    return explainPair(this.#newest(), cluster, module)
  }

  toJSON(): FleetPlanDocument {
    const fleet = this.#newest()
    const clusters = sortTexts(Array.from(fleet.clusters.rows(), (row) => fleet.clusters.at(row).id))
    const modules = sortTexts(Array.from(fleet.modules, ({ module }) => module.id))
    const rollouts = modules.flatMap((module) => {
      const state = fleet.rolloutOf(module)?.state
      return state == null ? [] : [{ module, state }]
    })
    return {
      assemblages: clusters.map((cluster) => ({ cluster, modules: fleet.assemblage(cluster) })),
      rollouts,
      progress: modules.map((module) => this.progress(module) as ModuleProgress),
      explanations: clusters.flatMap((cluster) => modules.map((module) => explainPair(fleet, cluster, module))),
      nextWakeAt: this.nextWakeAt,
      diagnostics: this.diagnostics,
    }
  }

  #newest(): FleetRollouts {
    if (this.#fleet !== undefined) return this.#fleet
    throw new FleetkitError('plan/superseded', 'another plan has followed this one: ask that', {})
  }
}
