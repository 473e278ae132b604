import type { AllowWindow, FreezeWindow } from '../../model/windows/windows.ts'
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
  /**
   * When clusters may be started: as intervals or as people write windows, in cron and time zones, for all clusters or for some. Absent: at
   * any time. An empty list: never.
   */
  readonly windows?: readonly (Interval | AllowWindow)[] | undefined
  /** When none is, likewise. */
  readonly freezes?: readonly (Freeze | FreezeWindow)[] | undefined
  /** It stops after so many steps. Default 100 000. */
  readonly maxSteps?: number | undefined
}
