import { mirrorDescriptions } from '../mirror/descriptions.ts'
import { type Descriptions, describe } from '../schema/describe.ts'
import { selectorDescriptions } from '../schema/selector-descriptions.ts'
import { assemblageDescriptions } from './assemblage/descriptions.ts'
import { bootstrapModuleDescriptions } from './bootstrap-module/descriptions.ts'
import { bootstrapModuleKind as plainBootstrapKind } from './bootstrap-module/kind.ts'
import type { BootstrapModuleSpec } from './bootstrap-module/types.generated.ts'
import { clusterDescriptions } from './cluster/descriptions.ts'
import { clusterRegistrationDescriptions } from './cluster-registration/descriptions.ts'
import { clusterRegistrationKind as plainRegistrationKind } from './cluster-registration/kind.ts'
import type { ClusterRegistrationSpec, ClusterRegistrationStatus } from './cluster-registration/types.generated.ts'
import { type FleetKinds, kinds as plainKinds } from './kinds.ts'
import { moduleDescriptions } from './module/descriptions.ts'
import { rolloutDescriptions } from './module/rollout-descriptions.ts'
import type { ModuleStatus } from './module/types.generated.ts'
import { moduleRevisionDescriptions } from './module-revision/descriptions.ts'
import { moduleRevisionKind as plainRevisionKind } from './module-revision/kind.ts'
import type { ModuleRevisionSpec, ModuleRevisionStatus } from './module-revision/types.generated.ts'
import { proxySyncDescriptions } from './proxy-sync/descriptions.ts'
import { pullSyncDescriptions } from './pull-sync/descriptions.ts'
import { remoteAssemblageDescriptions } from './remote-assemblage/descriptions.ts'
import { rolloutStateDescriptions } from './rollout/descriptions.ts'
import { rolloutKind as plainRolloutKind } from './rollout/kind.ts'
import type { StoredRolloutSpec, StoredRolloutStatus } from './rollout/types.generated.ts'
import { rolloutLogDescriptions } from './rollout-log/descriptions.ts'
import { rolloutLogKind as plainLogKind } from './rollout-log/kind.ts'
import type { RolloutLogSpec, RolloutLogStatus } from './rollout-log/types.generated.ts'
import { sourceDescriptions } from './source-descriptions.ts'
import { syncStatusDescriptions } from './sync-status-descriptions.ts'
import type { TypedKind } from './typed-kind.ts'

const descriptions: Descriptions = {
  ...selectorDescriptions,
  ...sourceDescriptions,
  ...moduleDescriptions,
  ...rolloutDescriptions,
  ...bootstrapModuleDescriptions,
  ...syncStatusDescriptions,
  ...clusterDescriptions,
  ...proxySyncDescriptions,
  ...assemblageDescriptions,
  ...mirrorDescriptions,
  ...remoteAssemblageDescriptions,
  ...pullSyncDescriptions,
  ...clusterRegistrationDescriptions,
  ...moduleRevisionDescriptions,
  ...rolloutLogDescriptions,
  ...rolloutStateDescriptions,
}

/** A kind with what each of its fields means. */
function described<Spec, Status>(kind: TypedKind<Spec, Status>): TypedKind<Spec, Status> {
  return { ...kind, spec: describe(kind.spec, descriptions), status: describe(kind.status, descriptions) }
}

/** The kind `Sync`. */
export const syncKind: FleetKinds['Sync'] = described(plainKinds.Sync)
/** The kind `Module`. */
export const moduleKind: FleetKinds['Module'] = described(plainKinds.Module)
/** The kind `Cluster`. */
export const clusterKind: FleetKinds['Cluster'] = described(plainKinds.Cluster)
/** The kind `RemoteSync`. */
export const remoteSyncKind: FleetKinds['RemoteSync'] = described(plainKinds.RemoteSync)
/** The kind `ProxySync`. */
export const proxySyncKind: FleetKinds['ProxySync'] = described(plainKinds.ProxySync)
/** The kind `Assemblage`. */
export const assemblageKind: FleetKinds['Assemblage'] = described(plainKinds.Assemblage)
/** The kind `RemoteAssemblage`. */
export const remoteAssemblageKind: FleetKinds['RemoteAssemblage'] = described(plainKinds.RemoteAssemblage)
/** The kind `PullSync`. */
export const pullSyncKind: FleetKinds['PullSync'] = described(plainKinds.PullSync)
/** The kind `ClusterRegistration`. */
export const clusterRegistrationKind: TypedKind<ClusterRegistrationSpec, ClusterRegistrationStatus> = described(plainRegistrationKind)
/** The kind `BootstrapModule`. */
export const bootstrapModuleKind: TypedKind<BootstrapModuleSpec, ModuleStatus> = described(plainBootstrapKind)
/** The kind `ModuleRevision`. */
export const moduleRevisionKind: TypedKind<ModuleRevisionSpec, ModuleRevisionStatus> = described(plainRevisionKind)
/** The kind `RolloutLog`. */
export const rolloutLogKind: TypedKind<RolloutLogSpec, RolloutLogStatus> = described(plainLogKind)
/** The kind `Rollout`. */
export const rolloutKind: TypedKind<StoredRolloutSpec, StoredRolloutStatus> = described(plainRolloutKind)

/**
 * The kinds of this library, and those that only some of its programs load.
 *
 * @category Objects
 */
export interface AllKinds extends FleetKinds {
  readonly ClusterRegistration: TypedKind<ClusterRegistrationSpec, ClusterRegistrationStatus>
  readonly BootstrapModule: TypedKind<BootstrapModuleSpec, ModuleStatus>
  readonly ModuleRevision: TypedKind<ModuleRevisionSpec, ModuleRevisionStatus>
  readonly RolloutLog: TypedKind<RolloutLogSpec, RolloutLogStatus>
  readonly Rollout: TypedKind<StoredRolloutSpec, StoredRolloutStatus>
}

/** The kinds of this library, by name, with what every field means: what definitions and types are made from. */
export const kinds: AllKinds = {
  Sync: syncKind,
  Module: moduleKind,
  Cluster: clusterKind,
  RemoteSync: remoteSyncKind,
  ProxySync: proxySyncKind,
  Assemblage: assemblageKind,
  RemoteAssemblage: remoteAssemblageKind,
  PullSync: pullSyncKind,
  ClusterRegistration: clusterRegistrationKind,
  BootstrapModule: bootstrapModuleKind,
  ModuleRevision: moduleRevisionKind,
  RolloutLog: rolloutLogKind,
  Rollout: rolloutKind,
}
