import type { RemoteSyncSpec } from '../../model/kinds/remote-sync/types.generated.ts'
import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { ApplyPlan } from '../apply/plan.ts'

/** The version of the form in which plans are stored. It grows when an older library could misread one. */
export const planFormat = 1

/**
 * What carrying out a plan takes.
 *
 * @category Plans
 */
export interface PlanCost {
  /**
   * Requests to the cluster: writes, deletions, what is read in between and the record of the Sync, each time that something is
   * waited for read once. What comes before, planning again included, is not in it.
   */
  readonly requests: number
}

/**
 * A plan as `SyncRunner.plan` makes it: a contract that can be shown, stored as JSON, read back with `parsePlan` and handed to
 * `SyncRunner.apply`, which does exactly this or nothing. It holds no secret: what stands for the values of Secrets are digests
 * that tell within one plan which are equal, and nothing else.
 *
 * @category Plans
 */
export interface SyncPlan extends ApplyPlan {
  /** The version of this form. */
  readonly format: typeof planFormat
  /** The specification that was planned; without a source when the objects are made in code. */
  readonly spec: Omit<SyncSpec, 'source'> & Partial<Pick<SyncSpec, 'source'>> & Partial<Pick<RemoteSyncSpec, 'cluster' | 'serviceAccount'>>
  /** The generation of the Sync that was planned; 0 for one that is in no store. */
  readonly generation: number
  readonly cost: PlanCost
  /** What `digestOf` gives for this plan. */
  readonly digest: string
}
