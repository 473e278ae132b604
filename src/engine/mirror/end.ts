import type { KubeObject } from '../../model/object.ts'
import type { ClusterHold } from '../cluster/hold.ts'
import type { ReconcileContext } from '../runtime/context.ts'

/** One of the two ends from which copies are kept: the management, or the cluster that they are in. They differ in what they may write of a ProxySync. */
export interface MirrorEnd {
  /** Whether the copies in a cluster are kept from this end, now. */
  readonly keeps: (cluster: KubeObject | undefined) => boolean
  /** What it does about a ProxySync whose copy is not kept from this end. */
  readonly leave: (object: KubeObject, hold: ClusterHold | undefined, context: ReconcileContext) => Promise<void>
  /** Sees to it that a ProxySync does not go before its copy. Resolves to the ProxySync as it is then. */
  readonly hold: (object: KubeObject, context: ReconcileContext) => Promise<KubeObject>
  /** Whether a ProxySync that is being deleted waits for this end. */
  readonly holds: (object: KubeObject) => boolean
  /** Lets a ProxySync go that is being deleted: its copy is gone, or left. */
  readonly release: (object: KubeObject, context: ReconcileContext) => Promise<void>
}
