import { type KubeObject, type ObjectRef, RemoteSync, Sync, type SyncInput, type TypeRef } from 'fleetkit'

/** Worlds are of Syncs of a cluster, or of RemoteSyncs to it. */
export type UnitKind = 'Sync' | 'RemoteSync'

/** What the two differ in. */
export interface Unit {
  readonly type: TypeRef & { readonly kind: UnitKind }
  readonly refOf: (name: string) => ObjectRef
  /** What the objects of one say of whom they are. */
  readonly ownerOf: (name: string) => string
  readonly make: (name: string, spec: SyncInput['spec']) => KubeObject
}

export const management = 'm1'
const apiVersion = 'fleetkit.dev/v1alpha1'
/** Describes a cluster that is reached from elsewhere. */
export const clusterRefOf = (name: string): ObjectRef => ({ apiVersion, kind: 'Cluster', namespace: 'default', name })
/** The one that RemoteSyncs apply to. */
export const clusterRef: ObjectRef = clusterRefOf('eu')

export const units: Readonly<Record<UnitKind, Unit>> = {
  Sync: {
    type: { apiVersion, kind: 'Sync' },
    refOf: (name) => ({ apiVersion, kind: 'Sync', namespace: 'default', name }),
    ownerOf: (name) => `default/${name}`,
    make: (name, spec) => new Sync({ metadata: { name, namespace: 'default' }, spec }).toObject(),
  },
  RemoteSync: {
    type: { apiVersion, kind: 'RemoteSync' },
    refOf: (name) => ({ apiVersion, kind: 'RemoteSync', namespace: 'default', name }),
    ownerOf: (name) => `RemoteSync:${management}:default/${name}`,
    make: (name, spec) =>
      new RemoteSync({ metadata: { name, namespace: 'default' }, spec: { ...spec, cluster: { name: clusterRef.name } } }).toObject(),
  },
}
