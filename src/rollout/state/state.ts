import type { RolloutId } from './id.ts'

/** A stage that has begun, and when. */
export interface OpenedStage {
  readonly stage: string
  readonly at: number
  /** Of a stage with a limit: whom it took when it began. */
  readonly took?: readonly string[]
}

/** A failure that counts until the next attempt, whatever the target does afterwards. */
export interface RecordedFailure {
  readonly target: string
  readonly stage: string
  /** `failed`: it said so. `deadline`: it did not get there in time. `lost`: it could not be reached until its deadline. */
  readonly reason: 'failed' | 'deadline' | 'lost'
  readonly at: number
}

/** A failure after which the target is tried again. */
export interface RecordedRetry {
  readonly target: string
  readonly stage: string
  readonly reason: 'failed' | 'deadline'
  readonly at: number
  /** Of the assignment that failed: one with a later generation is the next try. */
  readonly generation: number
  /** Which of the retries follows, from 1 on. */
  readonly count: number
}

/** Why a rollout starts nothing more. */
export interface Halt {
  readonly code: 'failures' | 'lost' | 'check'
  /** The stage, or `*` for the rollout as a whole. */
  readonly stage: string
  readonly at: number
  /** Of a check that did not pass: its name. */
  readonly check?: string | undefined
  /** What was said of it: `fail`, or `pending` or nothing for too long. */
  readonly verdict?: 'fail' | 'pending' | 'none' | undefined
  /** What the verdict went by. */
  readonly evidence?: string | undefined
}

/** The versions before the rollout: one that most had, and those that had another. `null`: none. */
export interface Baseline {
  readonly version: string | null
  readonly others: Readonly<Record<string, string | null>>
}

/**
 * What a rollout must remember: small, plain JSON, and no more than the sum of its events (see {@link replay}). When it is lost, the
 * planner goes on safely from what it sees.
 */
export interface RolloutState {
  readonly rid: RolloutId
  readonly startedAt: number
  /** The stages that have begun, in the order in which they did. */
  readonly opened: readonly OpenedStage[]
  readonly failed: readonly RecordedFailure[]
  /** The last failure of each target that is tried again, until it has failed for good. */
  readonly retries: readonly RecordedRetry[]
  /** Label values whose targets are stopped, as `arch=arm64`. */
  readonly cohorts: readonly string[]
  readonly halted: Halt | null
  readonly completedAt: number | null
  readonly baseline: Baseline
  /** Whether it is a rollback to a version that was good, and skips soak and approvals. */
  readonly fastRollback: boolean
  /** The last versions that were rolled out to the end and failed on no more than a tenth of the targets, newest first. */
  readonly history: readonly string[]
  /** How many versions in a row were superseded before they were finished. */
  readonly supersedes: number
  /** The attempt that waits for this one. */
  readonly queued: RolloutId | null
  /** Since when shared budgets alone hold it up. */
  readonly waitingSince: number | null
  /** How many events it is the sum of. */
  readonly cursor: number
  /**
   * Of a strategy with tracks: what is remembered of each, as `tenant=a`, or `!tenant` for the targets without the label. The other fields are
   * their sum then: `rid` is of the one that began last, `startedAt` and `waitingSince` are the earliest, `completedAt` the latest when all are
   * complete; what is not a time or a count is in the tracks alone.
   */
  readonly tracks?: Readonly<Record<string, RolloutState>>
}
