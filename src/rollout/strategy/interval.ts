import type { LabelSelector } from '../../model/selector.ts'

/** A stretch of time, in milliseconds since 1970 UTC: from the first instant on, until before the second. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** Targets by the time zone that a label of theirs names: one of these or, with `notIn`, none of them. */
export interface ZoneSelector {
  readonly label: string
  readonly in?: readonly string[] | undefined
  /** Targets without the label fit too. */
  readonly notIn?: readonly string[] | undefined
}

/** The targets that windows or a freeze are about. All parts must hold; without any it is all targets. */
export interface WindowScope {
  readonly selector?: LabelSelector | undefined
  readonly zone?: ZoneSelector | undefined
  /** What is said of the targets that it holds, beside the reason. */
  readonly note?: string | undefined
}

/**
 * When targets may be started. A target that any with a `selector` cover goes by those alone, every other one by those without a selector
 * and the rollout's `windows`; it may be started while one of them is open. Treat it as immutable: that it is valid is remembered by identity.
 */
export interface TargetWindows extends WindowScope {
  readonly intervals: readonly Interval[]
}

/** A stretch of time in which nothing is started, for everything or for what it is about. */
export interface Freeze extends Interval, WindowScope {
  /** The name of the freeze in the reasons of what it holds. */
  readonly name: string
}
