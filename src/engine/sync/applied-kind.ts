import type { Owner } from '../../model/kinds/owner.ts'
import type { RemoteSync } from '../../model/kinds/remote-sync/remote-sync.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Store } from '../../ports/store.ts'
import type { AttemptMemory } from '../attempt/memory.ts'
import type { ClusterHold } from '../cluster/hold.ts'
import type { CacheReader, ReconcileContext } from '../runtime/context.ts'

/** The kinds whose objects apply a source. */
export type AppliedKindName = 'Sync' | 'RemoteSync'

/** An object that applies a source: to the cluster it lies in, or to another one. */
export type AppliedObject = Sync | RemoteSync

/** Where something is applied, and by whom. */
export interface Target {
  /** The object, as what it applies names it. */
  readonly owner: Owner
  readonly cluster: ClusterApi
  /** Where the object has its Secrets and ConfigMaps. */
  readonly home: Pick<Store, 'get'>
  /** What attempts there share. */
  readonly memory: AttemptMemory
}

/** What `Sync` and `RemoteSync` do each in its own way; all else they have in common. */
export interface AppliedKind {
  /** @throws FleetkitError `model/invalid` */
  readonly parse: (object: KubeObject) => AppliedObject
  /** Why its cluster cannot be worked on, by what the cache knows of it. */
  readonly heldBy: (object: KubeObject, cache: CacheReader) => ClusterHold | undefined
  /** When its cluster was restored from a backup, by what the cache knows of it. */
  readonly restoredAt: (object: KubeObject, cache: CacheReader) => string | undefined
  readonly target: (object: KubeObject, context: ReconcileContext) => Promise<Target>
  /** Whether its cluster may hold objects of it that its inventory does not name any more, as the cluster is now. */
  readonly mayHoldMore: (object: KubeObject, target: Target, context: ReconcileContext) => Promise<boolean>
  /** An object as what it applies names it. */
  readonly ownerOf: (object: KubeObject, management: string | undefined) => Owner
  /** Whether another object of the kind applies to the same cluster. */
  readonly sharesTarget: (object: KubeObject, other: KubeObject) => boolean
}
