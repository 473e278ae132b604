import type { CanaryNextSpec, CanarySpec } from '../../model/kinds/module/types.generated.ts'
import type { RolloutStrategy } from './rollout-strategy.ts'
import { rolloutSpecOf } from './staged-spec.ts'
import { StrategyValue } from './strategy-value.ts'

/** Options of {@link Canary}. */
export interface CanaryOptions extends Omit<CanarySpec, 'next'> {
  /** How the others follow: any strategy but another canary, or the data of one. Default: all at once. */
  readonly next?: RolloutStrategy | CanaryNextSpec | undefined
}

/**
 * A few targets first: those of a selector, some by id, or so many of them; one by default. Then the others.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Canary, Rolling } from 'fleetkit/rollout'
 *
 * const strategy = new Canary({
 *   selector: { matchLabels: { canary: 'true' } },
 *   soak: '1h',
 *   next: new Rolling({ maxUnavailable: '10%' }),
 * })
 * ```
 */
export class Canary extends StrategyValue {
  constructor(spec: CanaryOptions = {}) {
    super({ canary: withPlainNext(spec) })
  }
}

function withPlainNext(spec: CanaryOptions): CanarySpec {
  const next = spec?.next
  const isStrategy = typeof next === 'object' && next !== null && 'compile' in next && typeof next.compile === 'function'
  return isStrategy ? { ...spec, next: rolloutSpecOf(next as RolloutStrategy) as CanaryNextSpec } : (spec as CanarySpec)
}
