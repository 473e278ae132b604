/**
 * The types of events, in the order of what they are about.
 *
 * @category History
 */
export const historyEventTypes = [
  'assigned',
  'ready',
  'failed',
  'removed',
  'lost',
  'found',
  'relabelled',
  'revised',
  'approved',
  'halted',
  'paused',
  'resumed',
  'completed',
] as const

/**
 * What can happen.
 *
 * - To a module on a cluster: `assigned`, it is to have this revision; `ready` and `failed`, what it has reported of it; `removed`, it is to have none.
 * - To a cluster: `lost`, it could not be reached any more; `found`, it could again; `relabelled`, its labels are others.
 * - To a module: `revised`, it has another revision; `approved`, `halted`, `paused`, `resumed` and `completed`, of its rollout.
 * - To the fleet: `paused` and `resumed`, by the handbrake.
 *
 * @category History
 */
export type HistoryEventType = (typeof historyEventTypes)[number]

/**
 * One entry of the history of a fleet.
 *
 * @category History
 */
export interface HistoryEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly type: HistoryEventType
  /** The module that it is about; the whole fleet when absent. */
  readonly module?: string | undefined
  /** The cluster that it is about; all of them when absent. */
  readonly cluster?: string | undefined
  /** The revision that it is about. */
  readonly revision?: string | undefined
  /** Why, for people, with who decided it. It is kept once for all events that have the same. */
  readonly why?: string | undefined
}

/**
 * How a module was on a cluster, or whatever else events are about, after the last of them.
 *
 * @category History
 */
export interface HistoryState {
  /** The revision that the cluster was to have; `undefined` when none. */
  readonly assigned: string | undefined
  /** The revision that it had reported last as ready; `undefined` when none. */
  readonly running: string | undefined
  /** Whether the cluster could be reached. While it could not, `running` is what was known last. */
  readonly reachable: boolean
  /** The last thing that had happened. */
  readonly last: HistoryEvent
}

/**
 * How a module was on a cluster at a time.
 *
 * @category History
 */
export interface PairState extends HistoryState {
  readonly module: string
  readonly cluster: string
}
