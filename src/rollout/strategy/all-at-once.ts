import type { AllAtOnceSpec } from '../../model/kinds/module/types.generated.ts'
import { StrategyValue } from './strategy-value.ts'

/**
 * Every target at once.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { AllAtOnce } from 'fleetkit/rollout'
 *
 * const strategy = new AllAtOnce({ progressDeadline: '30m', maxFailures: 'all' })
 * ```
 */
export class AllAtOnce extends StrategyValue {
  constructor(spec: AllAtOnceSpec = {}) {
    super({ allAtOnce: spec })
  }
}
