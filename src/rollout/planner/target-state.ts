import type { TargetView } from '../target-view.ts'
import { isGone, isReady, type Progress, type RolloutAttempt } from './outcome.ts'

/** What a target that a stage takes is in one tick. */
export type MemberState =
  /** It failed in this attempt. */
  | 'failed'
  /** It failed in this attempt, and is tried again later. */
  | 'retrying'
  /** It has the wanted version, and has been ready for long enough. */
  | 'done'
  /** It has the wanted version and is ready, not yet for long enough. */
  | 'soaking'
  /** It was assigned the wanted version and does not have it yet. */
  | 'updating'
  /** A hold keeps it from being started. */
  | 'held'
  /** Not assigned the wanted version, and cannot be reached. */
  | 'unreachable'
  /** Not assigned the wanted version, and not ready with what it has. */
  | 'down'
  /** Not assigned the wanted version, and ready with what it has. */
  | 'ready'
  /** It has nothing. */
  | 'absent'

/** What a target that is no longer selected is in one tick. */
export type DeselectedState =
  | Extract<MemberState, 'done' | 'held' | 'unreachable'>
  /** It still has the module. */
  | 'deselected'
  /** Its removal is in progress. */
  | 'removing'

/** What a target is in one tick: exactly one of these. `invalid`: its times or generations are not numbers. */
export type TargetState = MemberState | DeselectedState | 'invalid'

/** Whether a target in this state could be started. */
export function isStartable(state: TargetState): boolean {
  return state === 'down' || state === 'ready' || state === 'absent'
}

/**
 * The state of a member, in the order of the table in docs/planner.md: the first that fits.
 *
 * @param recorded - whether a failure of it in this attempt is on record
 */
export function classifyMember(
  view: TargetView,
  progress: Progress,
  { startedAt, wanted }: RolloutAttempt,
  recorded: boolean,
): MemberState {
  const { assigned } = view
  if (recorded) return 'failed'
  const gone = isGone(view)
  if (assigned === null ? wanted === null && gone : assigned.version === wanted) {
    switch (progress.phase) {
      case 'finished':
        return 'done'
      case 'soaking':
      case 'updating':
        return progress.phase
      case 'failed':
      case 'overdue':
        // What failed before this attempt began is tried again.
        if (assigned !== null && assigned.at >= startedAt) return 'failed'
    }
  }
  return classifyFree(view, wanted)
}

/** The state of a member that neither has the wanted version nor is updating to it. */
export function classifyFree(view: TargetView, wanted: string | null): MemberState {
  const { hold } = view
  if (hold !== undefined && !(typeof hold === 'object' && hold.pin === wanted)) return 'held'
  if (!view.reach.ok) return 'unreachable'
  if (isGone(view)) return 'absent'
  return isReady(view) ? 'ready' : 'down'
}

/** The state of a target that is no longer selected. */
export function classifyDeselected(view: TargetView): DeselectedState {
  if (view.assigned === null || isGone(view)) return 'done'
  if (view.assigned.version === null) return 'removing'
  if (view.hold !== undefined) return 'held'
  return view.reach.ok ? 'deselected' : 'unreachable'
}
