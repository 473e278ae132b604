import type { LabelSelector } from '../selector.ts'

/**
 * When something may start, or may not: again and again by `schedule`, `timeZone` and `duration`, or once from `from` until `to`.
 *
 * @category Module
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

/**
 * A window in which something may start, for everything or for what it selects.
 *
 * @category Module
 */
export interface AllowWindow extends TimeWindow {
  /** The targets it is for, by their labels. Absent: all that no window with a selector is for. */
  readonly selector?: LabelSelector | undefined
}

/**
 * A window in which nothing starts, for everything or for what it selects.
 *
 * @category Module
 */
export interface FreezeWindow extends TimeWindow {
  /** The name of the freeze in the reasons of what it holds. */
  readonly name: string
  /** The targets it holds, by their labels. Absent: all. */
  readonly selector?: LabelSelector | undefined
}
