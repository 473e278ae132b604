import { isGone, isReady } from '../planner/outcome.ts'
import type { RolloutPlan } from '../planner/plan.ts'
import type { RolloutState } from '../state/state.ts'
import { statesOf } from '../state/tracks.ts'
import type { SimulatedFleet } from './simulated-fleet.ts'

/** When a cluster was updating, in milliseconds from the beginning. */
export interface ForecastBar {
  readonly cluster: string
  /** `null` for a cluster that is no longer selected. */
  readonly stage: string | null
  /** Of a strategy with tracks: the one that the cluster is in. */
  readonly track?: string | undefined
  readonly to: string | null
  readonly from: number
  /** Absent while it is updating. */
  readonly until?: number | undefined
  /** `other`: it was assigned something else before it finished. */
  readonly outcome: 'updating' | 'done' | 'failed' | 'other'
}

/** The bars of a rollout. A cluster that is started twice has two. */
export class Bars {
  readonly bars: ForecastBar[] = []
  /** Those that have not ended, by their place in the list. */
  #open: readonly number[] = []

  /** Begins the bars of what is started, and ends those of what has finished or is assigned something else. The plan is not carried out yet. */
  note(plan: RolloutPlan, fleet: SimulatedFleet, at: number): void {
    this.#end(plan, fleet, at)
    const begun = plan.actions.map((action) => {
      const { target: cluster, stage, track } = action
      return (
        this.bars.push({
          cluster,
          stage,
          ...(track !== undefined && { track }),
          to: 'set' in action ? action.set : null,
          from: at,
          outcome: 'updating',
        }) - 1
      )
    })
    if (begun.length > 0) this.#open = [...this.#open, ...begun]
  }

  #end(plan: RolloutPlan, fleet: SimulatedFleet, at: number): void {
    if (this.#open.length === 0) return
    const updating = new Set(plan.updating.map(({ target }) => target))
    const failed = new Set(
      statesOf(plan.state as RolloutState).flatMap((state) => [...state.failed, ...state.retries].map(({ target }) => target)),
    )
    this.#open = this.#open.filter((index) => {
      const bar = this.bars[index] as ForecastBar
      if (updating.has(bar.cluster)) return true
      const view = fleet.view(bar.cluster)
      const arrived = isGone(view) || isReady(view)
      this.bars[index] = { ...bar, until: at, outcome: arrived ? 'done' : failed.has(bar.cluster) ? 'failed' : 'other' }
      return false
    })
  }
}
