import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { TypeRef } from '../../model/reference.ts'

/** What the objects of each kind keep elsewhere that keeps something there. */
export const copyTypes: {
  readonly ProxySync: TypeRef
  readonly RemoteAssemblage: TypeRef
} = {
  ProxySync: { apiVersion: fleetkitApiVersion, kind: 'Sync' },
  RemoteAssemblage: { apiVersion: fleetkitApiVersion, kind: 'Assemblage' },
}

/** A kind whose objects keep copies elsewhere. */
export type MirrorKindName = keyof typeof copyTypes

export const mirrorKinds: readonly MirrorKindName[] = Object.keys(copyTypes) as MirrorKindName[]
