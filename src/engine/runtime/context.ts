import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../model/reference.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Connect } from '../../ports/connect.ts'
import type { Git } from '../../ports/git.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import type { Store } from '../../ports/store.ts'
import type { CacheListOptions } from './cache/object-cache.ts'
import type { FleetKind } from './fleet-kind.ts'
import type { ClusterCache, ClusterWatch } from './lines/cluster-watch.ts'
import type { WorkRun } from './queue/work.ts'

/**
 * The ports that controllers and runnables work through. A manager is given them and never disposes of them.
 *
 * @category Manager
 */
export interface Ports {
  /** Where the objects of the controllers are kept. */
  readonly store: Store
  /** The cluster that Syncs are applied to. */
  readonly cluster?: ClusterApi | undefined
  /** Reaches the clusters that Clusters describe. */
  readonly connect?: Connect | undefined
  readonly git?: Git | undefined
  /** The first one that accepts a directory renders it. */
  readonly renderers?: readonly Renderer[] | undefined
}

/**
 * The objects of a store as the informers of a manager last saw them: a little old, and free to read. Every type that
 * a controller of the manager names (`for`, `owns`, `watches`) is there; other types are `model/invalid`.
 *
 * @category Manager
 */
export interface CacheReader {
  /** The object, or `undefined` when there is none. */
  get(ref: ObjectRef): KubeObject | undefined
  /** The objects of one type. */
  list(type: FleetKind | TypeRef, options?: CacheListOptions): readonly KubeObject[]
  /** The objects that an index of a controller has under `value`. */
  indexed(type: FleetKind | TypeRef, name: string, value: string): readonly KubeObject[]
  /** Whether the objects of a type are in it. */
  has(type: FleetKind | TypeRef): boolean
}

/**
 * What a manager has for everything that it runs.
 *
 * @category Manager
 */
export interface ManagerContext extends Ports {
  /**
   * The line to the cluster of a Cluster: shared, opened with its first call, closed by the manager. A cluster that cannot be reached fails at once after
   * three failures in a row, until it is tried again half a minute later. `model/invalid` when the manager has no `connect`.
   */
  readonly clusterOf: (cluster: ObjectRef) => ClusterApi
  /**
   * Which cluster the line of a Cluster leads to: the uid of its namespace `kube-system`, as the server has said within the last ten seconds over the
   * connection that the line has.
   */
  readonly identityOf: (cluster: ObjectRef, signal: AbortSignal) => Promise<string | undefined>
  /** The id of the management that the objects of the store are of. */
  readonly management: () => Promise<string>
  readonly cache: CacheReader
  readonly clock: Clock
  readonly logger: Logger
  readonly events: EventSink
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/**
 * What everything that a manager runs works with. `store` and `cluster` are fenced: once `signal` has aborted (the time is
 * up, the manager stopped, the lease was lost) every call through them fails, so that work which does not notice can still
 * do no harm.
 *
 * @category Manager
 */
export interface RunContext extends ManagerContext {
  readonly signal: AbortSignal
}

/**
 * {@link ReconcileContext.keepOpen}.
 *
 * @category Manager
 */
export interface KeepOpen {
  <T extends AsyncDisposable>(state: string, open: (reconcile: () => void) => T): Promise<T>
  (state: undefined): Promise<void>
}

/**
 * What a reconcile works with.
 *
 * @category Manager
 */
export interface ReconcileContext extends RunContext {
  /** How many times in a row this object has failed before. */
  readonly failures: number
  /**
   * Waits for what takes long and needs no worker, such as the health of what was applied: other objects are reconciled
   * meanwhile. The signal that `work` is given also aborts when the object has changed; then it is reconciled again as soon as
   * this reconcile has ended, whose error counts as none.
   */
  readonly wait: WorkRun['wait']
  /**
   * Follows objects of the cluster of a Cluster, for as long as that is there and the controller runs: objects of the controller are reconciled after each change, as
   * `map` says. Resolves once there is a list of them; `timeout` when that takes more than half a minute. Called
   * again, it opens nothing anew.
   */
  readonly watchCluster: (cluster: ObjectRef, watch: ClusterWatch) => Promise<ClusterCache>
  /**
   * Leaves something at work for the object, such as controllers over another store: what is open in this `state` already, or else what `open` makes. It is closed when it is
   * asked for in another state, by `keepOpen(undefined)`, and when the object is gone or the controller stops. What is open can have the object reconciled.
   */
  readonly keepOpen: KeepOpen
  /** Waits for a short answer from outside, such as that of a git server: the worker is lent to other objects until it comes. */
  readonly idle: WorkRun['idle']
}
