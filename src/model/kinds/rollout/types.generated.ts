// Made from the schema by `npm run generate`; do not edit.
import type { JsonObject } from '../../object.ts'

/**
 * A stage that waits for approvals.
 *
 * @category Rollout
 */
export interface AwaitedApproval {
  /** The stage. */
  readonly stage: string
  /** Of a strategy with tracks: the track, as tenant=a. */
  readonly track?: string | undefined
  /** What would begin: the revision, the strategy, the clusters of the stage, and those that have failed so far. */
  readonly digest: string
  /** How many clusters would get the revision. */
  readonly clusters: number
  /** How many approvals there are. */
  readonly message: string
}

/**
 * A revision of the Module goes out in spite of windows and freezes.
 *
 * @category Rollout
 */
export interface RolloutEmergency {
  /** Name of the ModuleRevision. Another one goes by windows and freezes. */
  readonly revision: string
  /** Who declared it. */
  readonly by: string
  /** Why. */
  readonly reason: string
}

/**
 * In all.modules: nothing is started, reverted or removed anywhere in the fleet. What is updating may finish.
 *
 * @category Rollout
 */
export interface RolloutHandbrake {
  /** Who pulled it. */
  readonly by: string
  /** Why. */
  readonly reason: string
}

/**
 * A cluster that stays at a revision.
 *
 * @category Rollout
 */
export interface RolloutPin {
  /** The Cluster. */
  readonly cluster: string
  /** Name of the ModuleRevision. */
  readonly revision: string
  /** Who pinned it. */
  readonly by: string
  /** Why. */
  readonly reason: string
}

/**
 * The consent of a person to a stage.
 *
 * @category Rollout
 */
export interface StageApproval {
  /** The stage. */
  readonly stage: string
  /** Of a strategy with tracks: the track, as tenant=a. */
  readonly track?: string | undefined
  /** Who approves. */
  readonly by: string
  /** What is approved of, as in status.approvals. It counts for nothing else. */
  readonly digest: string
}

/**
 * What people say of the rollout of a Module.
 *
 * @category Rollout
 */
export interface StoredRolloutSpec {
  /** The Module, in the same namespace. Absent in the one that is named all.modules, which holds for all of them. */
  readonly module?: string | undefined
  /** In all.modules: nothing is started, reverted or removed anywhere in the fleet. What is updating may finish. */
  readonly handbrake?: RolloutHandbrake | undefined
  /** A revision of the Module goes out in spite of windows and freezes. */
  readonly emergency?: RolloutEmergency | undefined
  /** Who has approved of which stage. */
  readonly approvals?: readonly StageApproval[] | undefined
  /** The clusters that get a revision and stay at it, whatever the Module says. */
  readonly pins?: readonly RolloutPin[] | undefined
}

/**
 * What is remembered of the rollout of a Module.
 *
 * @category Rollout
 */
export interface StoredRolloutStatus {
  /** The state of the rollout, as planRollout takes it. What is lost of it is recovered from what the clusters have. */
  readonly state?: JsonObject | undefined
  /** The stages that wait for approvals now. */
  readonly approvals?: readonly AwaitedApproval[] | undefined
  /** What the checks of the rollout have said, each the last time. */
  readonly verdicts?: readonly StoredVerdict[] | undefined
}

/**
 * What a check has said.
 *
 * @category Rollout
 */
export interface StoredVerdict {
  /** Name of the ModuleRevision that it is about. */
  readonly revision: string
  /** The attempt at it. */
  readonly nonce: string
  /** The stage. */
  readonly stage: string
  /** Of a strategy with tracks: the track, as tenant=a. */
  readonly track?: string | undefined
  /** Name of the check. */
  readonly check: string
  /** What came of it. */
  readonly verdict: 'pass' | 'fail' | 'pending'
  /** When it was asked, in milliseconds since 1970 UTC. */
  readonly at: number
  /** What it went by. */
  readonly evidence?: string | undefined
}
