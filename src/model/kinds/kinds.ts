import { assemblageKind } from './assemblage/kind.ts'
import type { AssemblageSpec, AssemblageStatus } from './assemblage/types.generated.ts'
import { clusterKind } from './cluster/kind.ts'
import type { ClusterSpec, ClusterStatus } from './cluster/types.generated.ts'
import { moduleKind } from './module/kind.ts'
import type { ModuleSpec, ModuleStatus } from './module/types.generated.ts'
import { proxySyncKind } from './proxy-sync/kind.ts'
import type { ProxySyncSpec, ProxySyncStatus } from './proxy-sync/types.generated.ts'
import { pullSyncKind } from './pull-sync/kind.ts'
import type { PullSyncSpec, PullSyncStatus } from './pull-sync/types.generated.ts'
import { remoteAssemblageKind } from './remote-assemblage/kind.ts'
import type { RemoteAssemblageSpec, RemoteAssemblageStatus } from './remote-assemblage/types.generated.ts'
import { remoteSyncKind } from './remote-sync/kind.ts'
import type { RemoteSyncSpec } from './remote-sync/types.generated.ts'
import { syncKind } from './sync/kind.ts'
import type { SyncSpec, SyncStatus } from './sync/types.generated.ts'
import type { TypedKind } from './typed-kind.ts'

/**
 * The kinds of this library, by name.
 *
 * @category Objects
 */
export interface FleetKinds {
  readonly Sync: TypedKind<SyncSpec, SyncStatus>
  readonly Module: TypedKind<ModuleSpec, ModuleStatus>
  readonly Cluster: TypedKind<ClusterSpec, ClusterStatus>
  readonly RemoteSync: TypedKind<RemoteSyncSpec, SyncStatus>
  readonly ProxySync: TypedKind<ProxySyncSpec, ProxySyncStatus>
  readonly Assemblage: TypedKind<AssemblageSpec, AssemblageStatus>
  readonly RemoteAssemblage: TypedKind<RemoteAssemblageSpec, RemoteAssemblageStatus>
  readonly PullSync: TypedKind<PullSyncSpec, PullSyncStatus>
}

/** The kinds of this library. The engine needs no words for their fields: those are in `described-kinds.ts`. */
export const kinds: FleetKinds = {
  Sync: syncKind,
  Module: moduleKind,
  Cluster: clusterKind,
  RemoteSync: remoteSyncKind,
  ProxySync: proxySyncKind,
  Assemblage: assemblageKind,
  RemoteAssemblage: remoteAssemblageKind,
  PullSync: pullSyncKind,
}
