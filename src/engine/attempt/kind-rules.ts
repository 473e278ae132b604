import type { HealthRule } from '../../manifest/health/rule.ts'
import type { ApplyStage } from '../../manifest/order.ts'

/**
 * What the library cannot know of other people's kinds, by `group/Kind` (`/Pod` in the core group). It comes before what is built in.
 *
 * @category Sync
 */
export interface KindRules {
  /** How the health of objects of a kind is judged. */
  readonly healthRules?: ReadonlyMap<string, HealthRule> | undefined
  /** In which stage objects of a kind are applied; they are deleted in reverse. */
  readonly applyStages?: ReadonlyMap<string, ApplyStage> | undefined
}
