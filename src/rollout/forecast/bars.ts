import { isGone, isReady } from '../planner/outcome.ts'
import type { RolloutPlan } from '../planner/plan.ts'
import type { SimulatedFleet } from './simulated-fleet.ts'

/** When a cluster was updating, in milliseconds from the beginning. */
export interface ForecastBar {
  readonly cluster: string
  /** `null` for a cluster that is no longer selected. */
  readonly stage: string | null
  readonly to: string | null
  readonly from: number
  /** Absent while it is updating. */
  readonly until?: number | undefined
  /** `other`: it was assigned something else before it finished. */
  readonly outcome: 'updating' | 'done' | 'failed' | 'other'
}

/**
 * Begins the bars of what is started, and ends those of what has finished or is assigned something else. A cluster that is started twice
 * has two. The plan is not carried out yet.
 */
export function noteBars(bars: ForecastBar[], plan: RolloutPlan, fleet: SimulatedFleet, at: number): void {
  const open = bars.flatMap((bar, index) => (bar.outcome === 'updating' ? [index] : []))
  if (open.length > 0) {
    const updating = new Set(plan.updating.map(({ target }) => target))
    const failed = new Set(plan.state?.failed.map(({ target }) => target))
    for (const index of open) {
      const bar = bars[index] as ForecastBar
      if (updating.has(bar.cluster)) continue
      const view = fleet.view(bar.cluster)
      const arrived = isGone(view) || isReady(view)
      bars[index] = { ...bar, until: at, outcome: arrived ? 'done' : failed.has(bar.cluster) ? 'failed' : 'other' }
    }
  }
  for (const action of plan.actions) {
    const { target: cluster, stage } = action
    bars.push({ cluster, stage, to: 'set' in action ? action.set : null, from: at, outcome: 'updating' })
  }
}
