import type { TypeRef } from '../../model/reference.ts'
import type { LabelSelector } from '../../model/selector.ts'
import type { FleetEvent } from '../../observe/events.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Ports } from './context.ts'
import type { FleetKind } from './fleet-kind.ts'
import type { LeaderElection } from './leader-election.ts'

/**
 * Which objects of one type a manager sees.
 *
 * @category Manager
 */
export interface CacheSelector {
  readonly type: FleetKind | TypeRef
  /** Instead of the manager's. */
  readonly namespaces?: readonly string[] | undefined
  readonly labelSelector?: LabelSelector | undefined
}

/**
 * Options of a {@link Manager}.
 *
 * @category Manager
 */
export interface ManagerOptions extends Ports {
  /**
   * The id of the management, by which what its objects apply to other clusters is told from what others apply. Made once when absent, and kept in the
   * ConfigMap `default/fleetkit-management` of the store.
   */
  readonly management?: string | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
  readonly leaderElection?: LeaderElection | undefined
  /**
   * The namespaces whose objects it sees; all of them when absent. Each is listed and watched for itself, so that a Role in
   * each is enough. Types that are in no namespace are not limited by it.
   */
  readonly namespaces?: readonly string[] | undefined
  /** Which objects of single types it sees, for a manager that does one part of the work. */
  readonly selectors?: readonly CacheSelector[] | undefined
  /** How long the first lists may take before it stops with `manager/cache-sync`, in milliseconds. 2 minutes by default. */
  readonly cacheSyncTimeoutMs?: number | undefined
  /**
   * Each object is reconciled at the latest this many milliseconds after its last reconcile, though nothing changed. 10 hours by
   * default, as in controller-runtime; `Infinity` for never.
   */
  readonly resyncMs?: number | undefined
  /** Whether its caches keep `metadata.managedFields`, which are half of many an object. They do not by default. */
  readonly managedFields?: boolean | undefined
  /** How long reconciles and runnables have to end when the manager stops, in milliseconds. 30 seconds by default. */
  readonly gracePeriodMs?: number | undefined
  /** Receives what a listener of `events` threw. Logs it by default. */
  readonly onListenerError?: ((error: unknown, event: FleetEvent) => void) | undefined
}
