import type { RecordedFailure } from '../state/state.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'

/** Whether what was observed is the outcome of what was assigned: of its version *and* its generation. */
export function isOutcome({ assigned, observed }: Pick<TargetView, 'assigned' | 'observed'>): boolean {
  return assigned !== null && observed !== null && observed.version === assigned.version && observed.generation >= assigned.generation
}

/** Whether what it has is ready: as the outcome of what was assigned or, where nothing was, as it was found. */
export function isReady(view: TargetView): boolean {
  return view.observed?.phase === 'ready' && (view.assigned === null || isOutcome(view))
}

/** Whether nothing of the module is there any more. */
export function isGone({ assigned, observed }: TargetView): boolean {
  if (assigned === null) return observed === null || observed.phase === 'absent' || observed.version === null
  return assigned.version === null && observed !== null && observed.phase === 'absent' && observed.generation >= assigned.generation
}

/** Whether the times of a view are times, so that comparing them means something. */
export function isSound({ reach, assigned, observed }: TargetView): boolean {
  return (
    Number.isFinite(reach.since) &&
    (assigned === null || (Number.isFinite(assigned.at) && Number.isFinite(assigned.generation))) &&
    (observed === null || (Number.isFinite(observed.since) && Number.isFinite(observed.generation)))
  )
}

/** Whether it was assigned a version, and has reported neither readiness nor a failure. */
export function isUpdating(view: TargetView): boolean {
  if (view.assigned === null || view.assigned.version === null) return false
  const phase = isOutcome(view) ? view.observed?.phase : undefined
  return phase !== 'ready' && phase !== 'failed'
}

/** How a failed target failed. */
export function failureReason(view: TargetView): RecordedFailure['reason'] {
  if (isOutcome(view) && view.observed?.phase === 'failed') return 'failed'
  return view.reach.ok ? 'deadline' : 'lost'
}

/** What the targets are judged by. */
export interface RolloutAttempt {
  readonly now: number
  readonly startedAt: number
  /** The version that is rolled out; `null` when the module is to be gone. */
  readonly wanted: string | null
  readonly fastRollback: boolean
}

/** How far a target is with what it was assigned. */
export interface Progress {
  /** `soaking`: ready, but for less than `minReady`. `overdue`: its deadline has passed. */
  readonly phase: 'updating' | 'soaking' | 'finished' | 'failed' | 'overdue'
  /** When the phase began; for `updating` and `soaking`, when it ends by itself. */
  readonly at: number
}

/** How far a member of `stage` is. Where a removal is wanted, only being gone is progress. */
export function progressOf(view: TargetView, stage: ResolvedStage, { now, wanted, fastRollback }: RolloutAttempt): Progress {
  const { assigned, observed } = view
  const outcome = isOutcome(view)
  // A step forward is either a new assignment or a new phase of its outcome.
  const lastStep = assigned === null ? 0 : outcome ? Math.max(assigned.at, observed?.since ?? 0) : assigned.at
  if (outcome && observed?.phase === 'failed') return { phase: 'failed', at: lastStep }
  if (!(wanted === null ? isGone(view) : isReady(view))) {
    const deadline = lastStep + stage.progressDeadline
    return { phase: now >= deadline ? 'overdue' : 'updating', at: deadline }
  }
  const soaks = wanted !== null && assigned?.version === wanted && !fastRollback
  const soaked = soaks ? lastStep + stage.minReady : lastStep
  return { phase: now >= soaked ? 'finished' : 'soaking', at: soaked }
}
