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

/** Why a rollout starts nothing more. */
export interface Halt {
  readonly code: 'failures' | 'lost'
  /** The stage, or `*` for the rollout as a whole. */
  readonly stage: string
  readonly at: number
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
}
