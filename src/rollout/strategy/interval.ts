import type { LabelSelector } from '../../model/selector.ts'

/** A stretch of time, in milliseconds since 1970 UTC: from the first instant on, until before the second. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** A stretch of time in which nothing is started, for everything or for what it selects. */
export interface Freeze extends Interval {
  /** The name of the freeze in the reasons of what it holds. */
  readonly name: string
  /** The targets it holds, by their labels. Absent: all. */
  readonly selector?: LabelSelector | undefined
}
