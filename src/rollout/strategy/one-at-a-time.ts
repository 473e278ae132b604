import type { OneAtATimeSpec } from '../../model/kinds/module/types.generated.ts'
import { StrategyValue } from './strategy-value.ts'

/**
 * One target after the other, and only while every other reachable one is ready.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { OneAtATime } from 'fleetkit/rollout'
 *
 * const strategy = new OneAtATime({ sortBy: [{ label: 'wave', as: 'number' }], minReady: '10m' })
 * ```
 */
export class OneAtATime extends StrategyValue {
  constructor(spec: OneAtATimeSpec = {}) {
    super({ oneAtATime: spec })
  }
}
