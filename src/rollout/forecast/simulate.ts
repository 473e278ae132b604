import type { DependencyVerdict, SharedBudget } from '../planner/input.ts'
import { planRollouts } from '../planner/plan-rollouts.ts'
import type { ForecastStep } from './result.ts'
import type { SimulatedRollout } from './simulated-rollout.ts'

/** By rollout: what its dependencies say about each cluster. */
type Verdicts = readonly (Readonly<Record<string, DependencyVerdict>> | undefined)[]

/** What rollouts that are simulated side by side have in common. */
export interface SharedWorld {
  readonly start: number
  readonly maxSteps?: number | undefined
  readonly budgets?: readonly SharedBudget[] | undefined
  readonly patience?: number | undefined
  /** Called before each plan. */
  readonly dependencies?: (() => Verdicts) | undefined
  /** Called with each step of a rollout, and at each moment at which something may have changed. */
  readonly onStep?: ((rollout: SimulatedRollout, step: ForecastStep) => void) | undefined
  readonly onMoment?: ((at: number) => void) | undefined
}

/** Runs the planner over and over, until nothing more happens. Returns when that is. */
export function simulate(rollouts: readonly SimulatedRollout[], world: SharedWorld): number {
  const { start, maxSteps = 100_000, budgets = [], patience, dependencies, onStep, onMoment } = world
  let now = start
  let steps = 0
  for (;;) {
    const verdicts = dependencies?.()
    const shared = rollouts.map((rollout, index) => rollout.inputAt(now, verdicts?.[index]))
    const { plans, nextWakeAt } = planRollouts({ rollouts: shared, budgets, patience })
    for (const [index, rollout] of rollouts.entries()) {
      const step = rollout.carryOut(shared[index] as (typeof shared)[number], plans[index] as (typeof plans)[number])
      if (step === undefined) continue
      steps += 1
      onStep?.(rollout, step)
    }
    onMoment?.(now - start)
    const next = rollouts.reduce((first, rollout) => Math.min(first, rollout.nextAfter(now)), nextWakeAt ?? Number.POSITIVE_INFINITY)
    if (!Number.isFinite(next) || steps >= maxSteps || rollouts.every(({ isOver }) => isOver)) return now
    now = next
    for (const { fleet } of rollouts) fleet.passTo(now)
  }
}
