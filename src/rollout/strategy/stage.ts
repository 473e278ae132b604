import type { LabelSelector } from '../../model/selector.ts'
import type { Amount } from './amount.ts'
import type { Interval } from './interval.ts'

/** How the targets of a stage are ordered by a label. */
export interface SortKey {
  readonly label: string
  /** `number` reads the value as one; what is none comes last, as does a target without the label. Default `text`, by code points. */
  readonly as?: 'text' | 'number' | undefined
  /** Default `ascending`. */
  readonly order?: 'ascending' | 'descending' | undefined
}

/**
 * How much failing is tolerated. An {@link Amount} is of the members, rounded down, without a minimum. The other form is a share of
 * those that have finished, done or failed, and says nothing before there are `minSample` of them.
 */
export type FailureTolerance = Amount | { readonly percent: number; readonly minSample: number }

/** How many targets are started within any stretch of time of a length. */
export interface StartLimit {
  readonly limit: Amount
  /** Milliseconds. */
  readonly per: number
}

/**
 * A question at the end of a stage, which something outside answers with a {@link Verdict}: a smoke test, an analysis of metrics, a commit
 * status, a person.
 */
export interface StageCheck {
  /** Unique among the checks of the stage. */
  readonly name: string
  /** For how long after the soak no verdict, or `pending`, is waited for; then the check has failed. Absent: for ever. */
  readonly maxPending?: number | undefined
  /**
   * What its failure leads to: a halt alone, or one after which the failed targets are reverted, or all that have the wanted version. Default:
   * what `onHalt` of the strategy says.
   */
  readonly onFail?: 'halt' | 'revertFailed' | 'revertAll' | undefined
}

/** How a target that has failed is tried again before its failure counts. Times are in milliseconds. */
export interface RetryPolicy {
  /** How many times at most. */
  readonly limit: number
  /** How long after the first failure; twice as long after each further one. */
  readonly backoff: number
  /** The longest that it becomes. Absent: it grows without end. */
  readonly maxBackoff?: number | undefined
}

/**
 * One stage of a rollout. Stages go one after the other; a target belongs to the first that takes it. Times are in milliseconds.
 */
export interface Stage {
  /** Unique among the stages, and not `rest`, which is the stage of the targets that no other takes. */
  readonly name: string
  /** Takes targets by their labels. Absent: any. */
  readonly selector?: LabelSelector | undefined
  /** Takes only targets with these ids. Absent: any. */
  readonly targets?: readonly string[] | undefined
  /**
   * Takes at most so many of them, the first in order when the stage begins; no other comes in later when one of them leaves. A percentage is
   * of the targets that fit, rounded down, at least 1. Default `'all'`.
   */
  readonly limit?: Amount | undefined
  /** A label: `limit` counts for each of its values by itself, as one canary in each zone. The targets without it are one group too. */
  readonly limitBy?: string | undefined
  /**
   * Takes the targets in waves instead, the first in order first, each as a stage of its own with all that this one says: `fleet-1`,
   * `fleet-2` and so on of `fleet`. These are their sizes; the last of the stages takes the rest. A percentage is of all selected targets,
   * whatever stage takes them, rounded down, at least 1. `['1%', '5%', '20%']` makes four stages, of 1 %, 5 %, 20 % and what is left.
   */
  readonly waves?: readonly Amount[] | undefined
  /**
   * Whether `limit`, `waves`, `maxConcurrency`, `maxUnavailable` and `maxStarts` are sums of the weights of targets instead of numbers of them.
   * Percentages are of the total weight then, and not rounded; a target that is heavier than a limit above 0 goes alone. Failures and
   * `minDone`, `maxDeferred` and `maxLost` stay numbers of targets. Default `false`.
   */
  readonly weighted?: boolean | undefined
  /** The order within the stage: by these, then by the targets' `sortKey`, then by id. Targets that are down already go first in any case. */
  readonly sortBy?: readonly SortKey[] | undefined
  /** A label: `maxUnavailable` holds for each of its values by itself. The targets without it are one group too. */
  readonly within?: string | undefined
  /** How many may be updating at once, to whatever version. Percentage of the members: down, at least 1. Default `'all'`; 0 starts none. */
  readonly maxConcurrency?: Amount | undefined
  /**
   * At most so many are started within any time that is `per` milliseconds long, to whatever version. A percentage is of the members: down, at
   * least 1. Of one that is started again within it, the last start counts. Removals count, and wait for none. 0 starts none. Absent: any number.
   */
  readonly maxStarts?: StartLimit | undefined
  /**
   * How many reachable members may be not ready at once. One that is down already costs nothing. Percentage of the members (with
   * `within`, of the group): down, at least 1. Default `'all'`.
   */
  readonly maxUnavailable?: Amount | undefined
  /** More failures than this halt the rollout. Default 0: the first failure does. */
  readonly maxFailures?: FailureTolerance | undefined
  /**
   * What becomes of a target that has failed, while the others go on: it is left as it is, or gets what it had before under the budgets of the
   * stage. Its failure counts in either case. Default `hold`.
   */
  readonly onFailure?: 'hold' | 'revert' | undefined
  /**
   * A target that has failed is tried again, and has failed for good only after that. Until then its failure counts for nothing, and no stage
   * but one that demands its success waits for it; the end of the rollout does. One that was lost is not tried again. Absent: never.
   */
  readonly retry?: RetryPolicy | undefined
  /** Start only as many that, should all of them fail, the tolerance is exceeded by no more than one. Default `false`. */
  readonly strict?: boolean | undefined
  /** How long a target must have been ready before it counts as done. Default 0. */
  readonly minReady?: number | undefined
  /** How long to wait after the stage is complete. Default 0. */
  readonly soak?: number | undefined
  /** How many people must approve before the stage begins. Default 0. */
  readonly approvals?: number | undefined
  /** How long a target may take, counted from its last step forward, before it has failed. Absent: for ever. */
  readonly progressDeadline?: number | undefined
  /**
   * How many must be done for the stage to be complete. Percentage of the members without those on hold: up. Default 1: a stage whose members
   * are all unreachable or on hold waits, one without members does not. 0 waits for none.
   */
  readonly minDone?: Amount | undefined
  /** How many may be unreachable and deferred. Percentage: down. Default `'all'`. */
  readonly maxDeferred?: Amount | undefined
  /** How many may be lost: unreachable since they were started, until their deadline. More of them halt the rollout. Percentage: down. Default 0. */
  readonly maxLost?: Amount | undefined
  /**
   * Whether every member but the excluded ones must be done, and one at least, for the stage to be complete: a failure that is tolerated, a
   * target that is unreachable or on hold, and a stage without members do not let it pass. Default `false`.
   */
  readonly requireSuccess?: boolean | undefined
  /** What has to pass before the stage is complete, once its members have finished. Default none. */
  readonly checks?: readonly StageCheck[] | undefined
  /** Starts only within these. Absent: at any time. An empty list: never. */
  readonly windows?: readonly Interval[] | undefined
}

/** The name of the stage of the targets that no other stage takes. */
export const restStage = 'rest'
