import type { StagedSpec, StageSpec } from '../../model/kinds/module/types.generated.ts'
import type { RolloutStrategy } from './rollout-strategy.ts'
import { stagedSpecOf } from './staged-spec.ts'
import { StrategyValue } from './strategy-value.ts'

/**
 * One stage after the other. A target belongs to the first stage that takes it.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Staged } from 'fleetkit/rollout'
 *
 * const strategy = new Staged(
 *   [
 *     { name: 'staging', selector: { matchLabels: { tier: 'staging' } }, soak: '1h' },
 *     { name: 'eu', selector: { matchLabels: { region: 'eu' } }, maxUnavailable: '10%', approvals: 1 },
 *     { name: 'others', maxUnavailable: '25%' },
 *   ],
 *   { onHalt: 'revertFailed' },
 * )
 * ```
 */
export class Staged extends StrategyValue {
  /** @param options - what holds for the rollout as a whole */
  constructor(stages: readonly StageSpec[], options: Omit<StagedSpec, 'stages'> = {}) {
    super({ staged: { ...options, stages } })
  }

  /** The stages that another strategy compiles to, as a value that a Module can store. `model/invalid` when they cannot be stored. */
  static of(strategy: RolloutStrategy): Staged {
    const { stages, ...options } = stagedSpecOf(strategy.compile())
    return new Staged(stages, options)
  }
}
