import type { CanonicalStrategy } from '../strategy/canonical.ts'
import type { Freeze, Interval } from '../strategy/interval.ts'
import type { RolloutStrategy } from '../strategy/rollout-strategy.ts'
import type { Assumptions } from './assumptions.ts'
import type { ForecastCluster, ForecastModule } from './subject.ts'

/** What to forecast. Give a Module, or a strategy alone. */
export interface ForecastInput {
  /** The Module, or anything that has the parts of one that matter. */
  readonly module?: ForecastModule | undefined
  /** Instead of a Module: how the version goes out to all of the clusters. */
  readonly rollout?: CanonicalStrategy | RolloutStrategy | undefined
  readonly clusters: readonly ForecastCluster[]
  readonly assume?: Assumptions | undefined
  readonly windows?: readonly Interval[] | undefined
  readonly freezes?: readonly Freeze[] | undefined
  /** It stops after so many steps. Default 100 000. */
  readonly maxSteps?: number | undefined
}
