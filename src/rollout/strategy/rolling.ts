import type { RollingSpec } from '../../model/kinds/module/types.generated.ts'
import { StrategyValue } from './strategy-value.ts'

/**
 * As many targets at a time as may be unavailable, in all or for each value of a label.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Rolling } from 'fleetkit/rollout'
 *
 * const strategy = new Rolling({ maxUnavailable: 1, within: 'region', progressDeadline: '30m' })
 * ```
 */
export class Rolling extends StrategyValue {
  constructor(spec: RollingSpec) {
    super({ rolling: spec })
  }
}
