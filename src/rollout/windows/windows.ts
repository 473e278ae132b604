import type { Problem } from '../../model/errors/problem.ts'
import type { LabelSelector } from '../../model/selector.ts'
import type { Freeze, Interval, TargetWindows } from '../strategy/interval.ts'

/**
 * When something may start, or may not: again and again by `schedule`, `timeZone` and `duration`, or once from `from` until `to`.
 */
export interface TimeWindow {
  /**
   * When the window opens, in the five fields of cron: minute, hour, day of the month, month, day of the week. A day matches if either
   * of its two fields does, unless one of them is `*`, as everywhere in Kubernetes.
   */
  readonly schedule?: string | undefined
  /** The time zone of the schedule by its IANA name, e.g. `Europe/Berlin`. Default `UTC`, unless there is a `timeZoneLabel`. */
  readonly timeZone?: string | undefined
  /**
   * A label of the targets that names the time zone of each; since the value of a label in Kubernetes holds no `/`, `Europe.Berlin` is
   * `Europe/Berlin`. For a target whose label is missing or names no time zone it is `timeZone`. Without that, nothing starts there.
   */
  readonly timeZoneLabel?: string | undefined
  /** How much time passes, by a stopwatch, until it closes: `1m` to `8784h`. Longer than the time until it opens again: it stays open. */
  readonly duration?: string | undefined
  /** When it opens, as RFC 3339 with an offset: `2026-12-20T00:00:00+01:00`. */
  readonly from?: string | undefined
  /** The first instant at which it is closed again, likewise. */
  readonly to?: string | undefined
}

/** A window in which something may start, for everything or for what it selects. */
export interface AllowWindow extends TimeWindow {
  /** The targets it is for, by their labels. Absent: all that no window with a selector is for. */
  readonly selector?: LabelSelector | undefined
}

/** A window in which nothing starts, for everything or for what it selects. */
export interface FreezeWindow extends TimeWindow {
  /** The name of the freeze in the reasons of what it holds. */
  readonly name: string
  /** The targets it holds, by their labels. Absent: all. */
  readonly selector?: LabelSelector | undefined
}

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
