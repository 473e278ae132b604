import type { PartialPolicy } from '../../plan/apply/plan.ts'
import type { KindRules } from '../attempt/kind-rules.ts'
import type { InventoryOptions } from '../attempt/record/inventory-options.ts'

/**
 * Options of `syncController`.
 *
 * @category Sync
 */
export interface SyncControllerOptions extends KindRules, InventoryOptions {
  /**
   * How many Syncs are worked on at the same time, 16 by default; of those whose sources come from one git host half as many, so that a
   * server which accepts and never answers leaves room for the others.
   */
  readonly concurrency?: number | undefined
  /** What is done when some objects of a Sync are refused and it does not say so itself (`spec.partial`): the rest, by default. */
  readonly partial?: PartialPolicy | undefined
}
