import type { Problem } from '../../model/errors/problem.ts'
import type { AllowWindow, FreezeWindow } from '../../model/windows/windows.ts'
import type { Freeze, Interval, TargetWindows } from '../strategy/interval.ts'

/** When rollouts may start something. What is updating when a window closes goes on. */
export interface RolloutWindows {
  /**
   * Open only within these. A target that windows with a selector select goes by those alone, and is open in any of them; every other one
   * goes by the windows without a selector. Absent, empty, or none for a target: at any time.
   */
  readonly allow?: readonly AllowWindow[] | undefined
  /** Closed within these, whatever `allow` says. */
  readonly freezes?: readonly FreezeWindow[] | undefined
}

/** Options of {@link windowIntervals}. Times are in milliseconds since 1970 UTC. */
export interface WindowOptions {
  readonly from: number
  /** At most 3660 days after `from` are looked at. */
  readonly to: number
  /** How many intervals to find at most. Default 1000. */
  readonly limit?: number | undefined
  /** The labels of one target. Windows and freezes with a selector count only for a target, and if they select it. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** The windows between two instants. */
export interface WindowIntervals {
  /** When it is open: in order, apart from each other, and none of them empty. */
  readonly intervals: readonly Interval[]
  /** The intervals say all there is to say until here: until the end of the range, or of the last interval that fitted into the limit. */
  readonly until: number
  /** What is wrong with the windows, which are closed then; or with the label that is to name the time zone, which closes those that need it. */
  readonly problems: readonly Problem[]
}

/** Options of {@link plannerWindows}. */
export interface PlannerWindowOptions extends Omit<WindowOptions, 'labels'> {
  /** The targets. Has to be given where a window has a `timeZoneLabel`; a time zone that none of them has counts as none. */
  readonly targets?: readonly { readonly labels?: Readonly<Record<string, string>> | undefined }[] | undefined
}

/** What a rollout's planner takes: windows and freezes apart, because it says by which of them something is held. */
export interface PlannerWindows {
  /** When an allow window of all targets is open. `undefined`: there is none. */
  readonly windows: readonly Interval[] | undefined
  /** When those are open that are for some targets, or go by the time zone of each. */
  readonly targetWindows: readonly TargetWindows[]
  readonly freezes: readonly Freeze[]
  /** As in {@link WindowIntervals}: plan again by then. */
  readonly until: number
  /** What is wrong with the windows. As long as there is anything, they are closed. */
  readonly problems: readonly Problem[]
}
