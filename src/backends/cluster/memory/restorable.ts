import type { ClusterApi } from '../../../ports/cluster.ts'
import type { EmbeddedStore } from '../../store/embedded-store.ts'

/** All that a cluster in memory held at one time. */
export interface ClusterBackup {
  /** The version of the cluster then. */
  readonly resourceVersion: number
}

/** A cluster in memory, which can be put back to what it was, as an API server whose etcd is restored from a backup and that is restarted. */
export interface RestorableCluster extends ClusterApi, Pick<EmbeddedStore, 'compact'> {
  /** All that it holds now. */
  backUp(): ClusterBackup
  /** Makes it what it was: objects with their uids, generations and versions of then. Watches of what came later end with `store/relist`. */
  restore(backup: ClusterBackup): void
}
