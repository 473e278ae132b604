import type { KubeObject } from '../model/object.ts'
import type { ObjectRef } from '../model/reference.ts'
import type { Clock } from './clock.ts'
import type { ClusterApi } from './cluster.ts'
import type { Logger } from './logger.ts'
import type { CallOptions, Store } from './store.ts'

/**
 * Which cluster is to be reached.
 *
 * @category Ports
 */
export interface ConnectRequest {
  readonly ref: ObjectRef
  /** The `Cluster` object of that name, as it is stored, valid or not; `undefined` when there is none. */
  readonly object: KubeObject | undefined
}

/**
 * What a {@link Connect} works with.
 *
 * @category Ports
 */
export interface ConnectOptions extends CallOptions {
  /** Where the Cluster is kept, and the Secrets beside it. */
  readonly store: Pick<Store, 'get'>
  /** What it answered before for this cluster, if that is still open. Answered again, it goes on to be used; another one takes its place. */
  readonly current: ClusterApi | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Opens the line to a cluster; asks the cluster itself nothing yet. The caller closes what is answered. It is called again from time to
 * time while a line is used, and when its credentials are not accepted, so that what has changed is noticed.
 *
 * Rejects with `cluster/not-registered` for a cluster that is not known, and with `cluster/config` for one that cannot be connected to as it is described.
 *
 * @category Ports
 */
export type Connect = (cluster: ConnectRequest, options: ConnectOptions) => Promise<ClusterApi>
