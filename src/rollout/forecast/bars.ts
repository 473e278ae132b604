import { isGone, isReady } from '../planner/outcome.ts'
import type { RolloutPlan } from '../planner/plan.ts'
import type { SimulatedFleet } from './simulated-fleet.ts'

/** When a cluster was on its way, in milliseconds from the beginning. */
export interface ForecastBar {
  readonly cluster: string
  /** `null` for a cluster that has left. */
  readonly stage: string | null
  readonly to: string | null
  readonly from: number
  /** Absent while it is on its way. */
  readonly until?: number | undefined
  /** `other`: it was told something else before it came to rest. */
  readonly outcome: 'updating' | 'done' | 'failed' | 'other'
}

/**
 * Begins the bars of what is started, and ends those of what has come to rest or is told something else. A cluster that goes twice has
 * two. The plan is not carried out yet.
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
      const came = isGone(view) || isReady(view)
      bars[index] = { ...bar, until: at, outcome: came ? 'done' : failed.has(bar.cluster) ? 'failed' : 'other' }
    }
  }
  for (const action of plan.actions) {
    const { target: cluster, stage } = action
    bars.push({ cluster, stage, to: 'set' in action ? action.set : null, from: at, outcome: 'updating' })
  }
}
