import { invalid } from '../../model/errors/invalid.ts'
import type { RolloutSpec } from '../../model/kinds/module/types.generated.ts'
import { validateRollout } from '../../model/kinds/module/validate-rollout.ts'
import { AllAtOnce } from './all-at-once.ts'
import { Canary } from './canary.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { Rolling } from './rolling.ts'
import { Staged } from './staged.ts'

/**
 * A strategy from its data: the inverse of `strategy.toJSON()`, and what the field `rollout` of a Module stands for.
 *
 * @param path - where the data come from, for errors
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { parseStrategy } from 'fleetkit/rollout'
 *
 * const strategy = parseStrategy({ rolling: { maxUnavailable: 1, within: 'region' } })
 * console.log(strategy.compile().stages.length) // 1
 * ```
 */
export function parseStrategy(data: unknown, path = 'rollout'): AllAtOnce | OneAtATime | Rolling | Staged | Canary {
  const problems = validateRollout(data, path)
  if (problems.length > 0) throw invalid(undefined, problems)
  const { allAtOnce, oneAtATime, rolling, staged, canary } = data as RolloutSpec
  if (canary !== undefined) return new Canary(canary)
  if (rolling !== undefined) return new Rolling(rolling)
  if (oneAtATime !== undefined) return new OneAtATime(oneAtATime)
  if (staged === undefined) return new AllAtOnce(allAtOnce)
  const { stages, ...options } = staged
  return new Staged(stages, options)
}
