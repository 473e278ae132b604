import type { CanonicalStrategy } from './canonical.ts'

/**
 * How a version goes out to the targets. The strategies of this library are classes that implement it; one of your own is an object with
 * this one method.
 *
 * @example
 * ```ts
 * import { type RolloutStrategy, Staged } from 'fleetkit/rollout'
 *
 * const twoHalves: RolloutStrategy = {
 *   compile: () => ({ stages: [{ name: 'first', limit: '50%', soak: 3_600_000 }, { name: 'second' }] }),
 * }
 * console.log(JSON.stringify(Staged.of(twoHalves))) // what a Module stores of it
 * ```
 */
export interface RolloutStrategy {
  /** The strategy in the form that `planRollout` takes. Return the same object each time: what is derived from it is remembered by identity. */
  compile(): CanonicalStrategy
}
