import type { LabelSelector } from '../../model/selector.ts'
import type { RolloutId } from '../state/id.ts'
import type { RolloutState } from '../state/state.ts'
import type { Amount } from '../strategy/amount.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import type { Freeze, Interval, TargetWindows } from '../strategy/interval.ts'
import type { TargetView } from '../target-view.ts'

/** The module to roll out, and the version that is wanted of it. */
export interface RolloutModule {
  readonly id: string
  /** `null`: the module is to be removed everywhere. */
  readonly version: string | null
  /** Another nonce tries the same version again, failed targets included. Default `''`. */
  readonly nonce?: string | undefined
}

/** A person's consent to a stage of one attempt. */
export interface Approval {
  readonly rid: RolloutId
  readonly stage: string
  /** Of a strategy with tracks: the one it is for, as `tenant=a`. Absent: each. */
  readonly track?: string | undefined
  readonly actor: string
  readonly at: number
  /** When it was revoked, which counts until the stage has begun. */
  readonly revokedAt?: number | undefined
}

/** What something outside says of a check of a stage, in one attempt. The latest one counts. */
export interface Verdict {
  readonly rid: RolloutId
  readonly stage: string
  /** Of a strategy with tracks: the one it is about, as `tenant=a`. Absent: each. */
  readonly track?: string | undefined
  readonly check: string
  readonly verdict: 'pass' | 'fail' | 'pending'
  /** A `pass` from before the members of the stage had finished proves nothing. */
  readonly at: number
  /** What it goes by, for people: a sentence, or where to read it. */
  readonly evidence?: string | undefined
}

/** What the dependencies of a module say about one target. Each list is the path from the module to its blocker. */
export interface DependencyVerdict {
  /** Present: the version must not be started. */
  readonly start?: readonly string[] | undefined
  /** Present: the module must not be removed, since something there needs it. */
  readonly removal?: readonly string[] | undefined
}

/** Everything that a decision is made from. Times are in milliseconds since 1970 UTC. */
export interface RolloutInput {
  readonly now: number
  readonly module: RolloutModule
  readonly strategy: CanonicalStrategy
  readonly targets: readonly TargetView[]
  /** Starts only within these, as well as within those of the stage. Absent: at any time. */
  readonly windows?: readonly Interval[] | undefined
  /** Windows of some targets alone: by their labels, or by the time zone that one of these names. `plannerWindows` makes them. */
  readonly targetWindows?: readonly TargetWindows[] | undefined
  readonly freezes?: readonly Freeze[] | undefined
  readonly approvals?: readonly Approval[] | undefined
  readonly verdicts?: readonly Verdict[] | undefined
  /** By target id; a target without an entry has no blocker. */
  readonly dependencies?: Readonly<Record<string, DependencyVerdict>> | undefined
  /** Nothing is started and no stage begins; timers go on. */
  readonly paused?: boolean | undefined
  /** The rollout is aborted: nothing is started any more; what is updating may finish. */
  readonly aborted?: boolean | undefined
  /** Starts regardless of windows and freezes, on the responsibility of `actor`. */
  readonly emergency?: { readonly actor: string; readonly reason: string } | undefined
}

/** A budget that many rollouts share: how many targets may be updating at once, over all of them, among those it covers. */
export interface SharedBudget {
  readonly id: string
  readonly limit: Amount
  /** The targets it covers. Absent: all. */
  readonly selector?: LabelSelector | undefined
  /** Whether `limit` is a sum of the weights of targets, as for a stage. Default `false`. */
  readonly weighted?: boolean | undefined
  /** A label: each of its values has the budget for itself. Targets without the label are not covered. */
  readonly by?: string | undefined
}

/** One of the rollouts that {@link planRollouts} plans together. */
export interface SharedRollout {
  readonly input: RolloutInput
  readonly prev: RolloutState | null
  /** Higher goes first. Default 0. */
  readonly priority?: number | undefined
}

/** Rollouts that share budgets. */
export interface SharedRollouts {
  readonly rollouts: readonly SharedRollout[]
  /** Any number of them, one inside the other or across: the fleet, its regions, its customers. */
  readonly budgets: readonly SharedBudget[]
  /** Milliseconds after which a rollout that shared budgets hold up goes before all others. Default one hour. */
  readonly patience?: number | undefined
}
