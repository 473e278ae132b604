import type { RolloutPlan } from '../rollout-plan.ts'

/** When a cluster was on its way, in milliseconds from the beginning. */
export interface ForecastBar {
  readonly cluster: string
  /** `null` for a cluster that has left. */
  readonly stage: string | null
  readonly to: string | null
  readonly from: number
  /** Absent while it is on its way. */
  readonly until?: number | undefined
  readonly outcome: 'moving' | 'done' | 'failed' | 'other'
}

/** Begins the bars of what is started, and ends those of what has come to rest. A cluster that goes twice has two. */
export function noteBars(bars: Map<string, ForecastBar>, plan: RolloutPlan, at: number): void {
  const failed = new Set(plan.held.flatMap(({ cluster, reason }) => (reason === 'failed' ? [cluster] : [])))
  const done = new Set(plan.done)
  const moving = new Set(plan.moving.map(({ cluster }) => cluster))
  for (const [key, bar] of bars) {
    if (bar.outcome !== 'moving' || moving.has(bar.cluster)) continue
    const outcome = done.has(bar.cluster) ? 'done' : failed.has(bar.cluster) || wasRecorded(plan, bar.cluster) ? 'failed' : 'other'
    bars.set(key, { ...bar, until: at, outcome })
  }
  for (const action of plan.actions) {
    const { cluster, stage } = action
    bars.set(`${cluster} ${bars.size}`, { cluster, stage, to: 'set' in action ? action.set : null, from: at, outcome: 'moving' })
  }
}

function wasRecorded({ state }: RolloutPlan, id: string): boolean {
  return state?.failed.some(({ cluster }) => cluster === id) === true
}
