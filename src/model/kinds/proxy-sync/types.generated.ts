// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'
import type { ClusterReference } from '../remote-sync/types.generated.ts'
import type { AppliedDependency, PendingPrune, SyncSpec, SyncSpecInput } from '../sync/types.generated.ts'

/**
 * How the object is named in its cluster.
 *
 * @category ProxySync
 */
export interface CopyMetadata {
  /** Its name; that of the object which keeps it when absent. */
  readonly name?: string | undefined
  /** Its namespace, which has to be there. */
  readonly namespace: string
}

/**
 * How the object is named in its cluster. As written: what has a default may be left out.
 *
 * @category ProxySync
 */
export interface CopyMetadataInput {
  /** Its name; that of the object which keeps it when absent. */
  readonly name?: string | undefined
  /** Its namespace, which has to be there. Default: `"default"`. */
  readonly namespace?: string | undefined
}

/**
 * What is remembered of the object in its cluster.
 *
 * @category ProxySync
 */
export interface MirroredCopy {
  /** The name of the Cluster. */
  readonly cluster: string
  /** Its namespace there. */
  readonly namespace: string
  /** Its name there. */
  readonly name: string
  /** Its uid, once it is there. */
  readonly uid?: string | undefined
  /** Counts what has to be reported anew: it is raised when the object was not as it had been left. */
  readonly write: number
  /** The last restore of the cluster from a backup since which the object was written. */
  readonly restoredAt?: string | undefined
}

/**
 * Names a ProxySync, or an object of another kind of this library.
 *
 * @category ProxySync
 */
export interface ProxySyncDependency {
  /** Its kind; ProxySync when absent. */
  readonly kind?: string | undefined
  /** Its name. */
  readonly name: string
  /** Its namespace; the same when absent. */
  readonly namespace?: string | undefined
  /** Whether it is ready: an expression in CEL over this ProxySync (self) and that one (dep). It stands for the check of its generation and its Ready condition, as in Flux. */
  readonly readyExpr?: string | undefined
}

/**
 * The Sync that is kept in another cluster, and how it is kept.
 *
 * @category ProxySync
 */
export interface ProxySyncSpec {
  /** The cluster to apply to. */
  readonly cluster: ClusterReference
  /** The Sync. */
  readonly template: SyncTemplate
  /** What is done when others edit the Sync in its cluster, or delete it: it is set right (Correct), or only told (Report). */
  readonly edits: 'Correct' | 'Report'
  /** Whether a Sync of that name is taken over that is there already and that no management keeps. Otherwise that is refused. */
  readonly adopt: boolean
  /** What happens to the Sync when the ProxySync is deleted: it is deleted (Delete), and does with its objects what its own policy says; or it is left as it is (Orphan). */
  readonly deletionPolicy: 'Delete' | 'Orphan'
  /** Whether the Sync is left as it is until this is false again. What it reports is shown all the same. */
  readonly suspend: boolean
  /** ProxySyncs, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly ProxySyncDependency[] | undefined
}

/**
 * The Sync that is kept in another cluster, and how it is kept. As written: what has a default may be left out.
 *
 * @category ProxySync
 */
export interface ProxySyncSpecInput {
  /** The cluster to apply to. */
  readonly cluster: ClusterReference
  /** The Sync. */
  readonly template: SyncTemplateInput
  /** What is done when others edit the Sync in its cluster, or delete it: it is set right (Correct), or only told (Report). Default: `"Correct"`. */
  readonly edits?: 'Correct' | 'Report' | undefined
  /** Whether a Sync of that name is taken over that is there already and that no management keeps. Otherwise that is refused. Default: `false`. */
  readonly adopt?: boolean | undefined
  /** What happens to the Sync when the ProxySync is deleted: it is deleted (Delete), and does with its objects what its own policy says; or it is left as it is (Orphan). Default: `"Delete"`. */
  readonly deletionPolicy?: 'Delete' | 'Orphan' | undefined
  /** Whether the Sync is left as it is until this is false again. What it reports is shown all the same. Default: `false`. */
  readonly suspend?: boolean | undefined
  /** ProxySyncs, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly ProxySyncDependency[] | undefined
}

/**
 * What is known of a ProxySync, and of the Sync that it keeps.
 *
 * @category ProxySync
 */
export interface ProxySyncStatus {
  /** The generation of which the Sync has reported an outcome that stands. */
  readonly observedGeneration?: number | undefined
  /** Ready, Reconciling and Stalled of the Sync, once they are of this ProxySync as it is now. */
  readonly conditions?: readonly Condition[] | undefined
  /** The last revision that the Sync applied completely, as it reported. */
  readonly lastAppliedRevision?: string | undefined
  /** The revision of the last attempt of the Sync, as it reported. */
  readonly lastAttemptedRevision?: string | undefined
  /** When the last attempt of the Sync ended, by the clock of its cluster. */
  readonly lastAttemptAt?: string | undefined
  /** The value of the annotation reconcile.fleetkit.dev/requestedAt that the Sync handled last. */
  readonly lastHandledReconcileAt?: string | undefined
  /** The deletions that wait to be confirmed, see spec.confirmPrune. */
  readonly pendingPrune?: PendingPrune | undefined
  /** What it depended on when it was applied last. When they are deleted together, it is deleted before them. */
  readonly dependencies?: readonly AppliedDependency[] | undefined
  /** What is remembered of the object in its cluster. */
  readonly copy?: MirroredCopy | undefined
}

/**
 * The Sync.
 *
 * @category ProxySync
 */
export interface SyncTemplate {
  /** How the object is named in its cluster. */
  readonly metadata: CopyMetadata
  /** What a Sync applies to this cluster, and how. */
  readonly spec: SyncSpec
}

/**
 * The Sync. As written: what has a default may be left out.
 *
 * @category ProxySync
 */
export interface SyncTemplateInput {
  /** How the object is named in its cluster. Default: `{}`. */
  readonly metadata?: CopyMetadataInput | undefined
  /** What a Sync applies to this cluster, and how. */
  readonly spec: SyncSpecInput
}
