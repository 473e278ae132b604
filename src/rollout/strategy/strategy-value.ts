import { deepFreeze } from '../../model/deep-freeze.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import type { RolloutSpec } from '../../model/kinds/module/types.generated.ts'
import { validateRollout } from '../../model/kinds/module/validate-rollout.ts'
import type { CanonicalStrategy } from './canonical.ts'
import { compileRollout } from './compile.ts'
import type { RolloutStrategy } from './rollout-strategy.ts'

/** A strategy as a frozen value, made of the data that a Module stores of it. */
export abstract class StrategyValue implements RolloutStrategy {
  /** The strategy as data. */
  readonly spec: RolloutSpec
  readonly #canonical: CanonicalStrategy

  /** @throws FleetkitError `model/invalid` with every problem. */
  protected constructor(spec: RolloutSpec) {
    const problems = validateRollout(spec, 'rollout')
    if (problems.length > 0) throw invalid(undefined, problems)
    // Through JSON, so that what is undefined is absent.
    this.spec = deepFreeze(jsonCopy(spec))
    this.#canonical = deepFreeze(compileRollout(this.spec))
    Object.freeze(this)
  }

  /** The stages, and what holds for the rollout as a whole: always the same object. */
  compile(): CanonicalStrategy {
    return this.#canonical
  }

  /** The strategy as data, as {@link parseStrategy} and the field `rollout` of a Module take it. */
  toJSON(): RolloutSpec {
    return this.spec
  }
}
