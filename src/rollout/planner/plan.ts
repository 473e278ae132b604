import type { Diagnostic } from '../diagnostic.ts'
import type { RemovalCause, StartCause } from '../state/cause.ts'
import type { RolloutEvent } from '../state/event.ts'
import type { RolloutState } from '../state/state.ts'

/** To be assigned to a target: a version, or the removal of the module. */
export type RolloutAction = { readonly track?: string | undefined } & (
  | { readonly target: string; readonly stage: string; readonly set: string; readonly why: StartCause }
  | { readonly target: string; readonly stage: string | null; readonly remove: true; readonly why: RemovalCause }
)

/** A target in progress: something was assigned to it, and it has not finished. */
export interface UpdatingTarget {
  readonly target: string
  readonly track?: string | undefined
  readonly stage: string | null
  readonly to: string | null
  readonly since: number
  /** It is ready, and must stay so until then. */
  readonly soakingUntil?: number | undefined
  /** When it will have failed, if nothing happens. */
  readonly deadline?: number | undefined
  /** What keeps it from being assigned something else, where that is to be: the wanted version, or what it had before. */
  readonly held?: Pick<HeldTarget, 'reason' | 'message' | 'by' | 'until'> | undefined
}

/** Why a target is not started. */
export type HoldCode =
  | 'paused'
  | 'excluded'
  | 'pinned'
  | 'frozen'
  | 'failed'
  | 'retry'
  | 'cohort-halted'
  | 'unreachable'
  | 'stage-closed'
  | 'busy'
  | 'dependency'
  | 'still-needed'
  | 'concurrency'
  | 'starts'
  | 'unavailable'
  | 'tolerance'
  | 'deletions'
  | 'shared-budget'
  | 'window'
  | 'halted'
  | 'rollout-paused'
  | 'aborted'
  | 'no-baseline'
  | 'invalid'

/** A target that is left as it is, and why. */
export interface HeldTarget {
  readonly target: string
  readonly track?: string | undefined
  /** `null` for a target that is no longer selected. */
  readonly stage: string | null
  readonly reason: HoldCode
  /** A sentence for people. */
  readonly message: string
  /** The path to what holds it: stages as `stage:eu`, targets as `target:eu-1`, modules by name, and so on. */
  readonly by: readonly string[]
  /** The earliest time at which that may change by itself. */
  readonly until?: number | undefined
}

/**
 * Where the rollout stands. `Stalled`: nothing is in progress, nothing can be started, no timer runs, and neither an approval nor a verdict is awaited; `cause` says why.
 * `Reverting` and `Reverted` follow a halt when the strategy says so.
 */
export type RolloutPhase =
  | 'Running'
  | 'Paused'
  | 'Halted'
  | 'Reverting'
  | 'Reverted'
  | 'Aborted'
  | 'Stalled'
  | 'Complete'
  | 'CompleteWithFailures'
  | 'Invalid'

/** Why it is in its phase, where the phase alone does not say it; of a complete rollout, what it has left as it is (`left-out`). */
export interface PhaseCause {
  readonly code: string
  readonly message: string
  /** With `left-out`: how many targets are held, by reason. */
  readonly counts?: Readonly<Partial<Record<HoldCode, number>>> | undefined
}

/** Something that the next stage, or the end, waits for. */
export interface Gate {
  readonly track?: string | undefined
  readonly kind: 'members' | 'invalid' | 'require-success' | 'retry' | 'min-done' | 'deferred' | 'soak' | 'check' | 'approval' | 'queue'
  readonly stage: string
  /** For people, after "waits for". */
  readonly waitingFor: string
  readonly until?: number | undefined
  /** Of a `check`: its name. */
  readonly check?: string | undefined
  /** What the last verdict of it went by. */
  readonly evidence?: string | undefined
}

/** Where one track of a rollout stands. */
export interface TrackPlan {
  /** As `tenant=a`; `!tenant` for the targets without the label. */
  readonly track: string
  readonly phase: RolloutPhase
  readonly cause?: PhaseCause | undefined
  /** How many of its stages have begun. */
  readonly gate: number
}

/**
 * A decision. Each target is in exactly one of `actions`, `done`, `updating` and `held`. The last three are made when they are first looked
 * at: one whose lists are not read costs little more than what changed.
 */
export interface RolloutPlan {
  /** To be kept, and given to the next call. `null` only when nothing could ever be begun. */
  readonly state: RolloutState | null
  readonly actions: readonly RolloutAction[]
  readonly done: readonly string[]
  readonly updating: readonly UpdatingTarget[]
  readonly held: readonly HeldTarget[]
  readonly phase: RolloutPhase
  readonly cause?: PhaseCause | undefined
  /** How many stages have begun, from the first on; with tracks, in each of them. */
  readonly gate: number
  /** Of a strategy with tracks: each of them. `phase` is that of those that are furthest from their end. */
  readonly tracks?: readonly TrackPlan[] | undefined
  readonly gates: readonly Gate[]
  /** What was decided, to be appended to the log. */
  readonly events: readonly RolloutEvent[]
  /** The earliest later time at which the plan could be another although nothing was changed. `null`: never. */
  readonly nextWakeAt: number | null
  readonly diagnostics: readonly Diagnostic[]
}

/** What rollouts that share budgets do now. */
export interface RolloutsPlan {
  /** In the order of the rollouts. */
  readonly plans: readonly RolloutPlan[]
  /** The earliest later time at which one of the plans could be another although nothing was changed. `null`: never. */
  readonly nextWakeAt: number | null
}
