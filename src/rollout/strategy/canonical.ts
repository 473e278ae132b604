import type { Amount } from './amount.ts'
import type { FailureTolerance, Stage } from './stage.ts'

/** What becomes of a running version when a newer one is wanted. */
export interface SupersedePolicy {
  /** `supersede`: the newer one begins at once. `queue`: after this one is finished. `finishStage`: after the open stages are finished. */
  readonly mode: 'supersede' | 'queue' | 'finishStage'
  /** After so many versions in a row that none finished, the running one may finish. Absent: no limit. */
  readonly maxSupersedes?: number | undefined
  /** Milliseconds that a version runs before another may replace it. Default 0. */
  readonly minRunTime?: number | undefined
}

/**
 * What a new target, which has nothing, gets in a stage that has not begun: the baseline, nothing until its stage begins, or the wanted
 * version at once. Where most targets had nothing when the rollout began, it waits in any case.
 */
export type JoinPolicy = 'baseline' | 'wait' | 'wanted'

/** When failures gather under one value of a label, only the targets with that value are stopped. */
export interface CorrelationPolicy {
  /** The labels to look at. */
  readonly labels: readonly string[]
  /** The share of failures among the finished targets with the value, in percent, that must be exceeded, and must not be exceeded by the others. */
  readonly percent: number
  /** How many finished targets with the value it takes before anything is concluded. */
  readonly minSample: number
}

/** What to do once the rollout has halted. `revertFailed` reverts the failed targets to what they had, `revertAll` all that have the wanted version. */
export type HaltPolicy = 'hold' | 'revertFailed' | 'revertAll'

/**
 * A strategy in the one form that the planner knows. The strategy classes compile to it; it can be written by hand just as well. Treat it
 * as immutable: what is derived from it is remembered by identity.
 */
export interface CanonicalStrategy {
  readonly stages: readonly Stage[]
  /**
   * A label: for each of its values the stages go by themselves, side by side, with the same limits each. What is said of the rollout as a whole
   * holds in each of these tracks; one that halts stops alone. The targets without the label are a track too. Default: all are one.
   */
  readonly tracks?: string | undefined
  /** Targets that no stage takes: `last` gives them a last stage, with the limits of the one before; `reject` refuses the rollout. Default `last`. */
  readonly rest?: 'last' | 'reject' | undefined
  /** Failures tolerated over all stages. Default: only the stages count. */
  readonly maxFailures?: FailureTolerance | undefined
  readonly correlate?: CorrelationPolicy | undefined
  /** Default `{ mode: 'supersede' }`. */
  readonly supersede?: SupersedePolicy | undefined
  /** Default `baseline`. */
  readonly join?: JoinPolicy | undefined
  /** Default `hold`. */
  readonly onHalt?: HaltPolicy | undefined
  /** How many removals may go on at once. Percentage of the targets that have the module or are to have it: down, at least 1. Default `'10%'`. */
  readonly maxDeletions?: Amount | undefined
  /** Whether failures of targets that are no longer selected are forgotten. Default `false`. */
  readonly forgetDeselected?: boolean | undefined
  /** Whether a rollback to a version that was good skips soak and approvals. Default `true`. */
  readonly fastRollback?: boolean | undefined
}
