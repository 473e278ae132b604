import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'

/** The Cluster that a RemoteSync, as it is stored, applies to; `undefined` when it names none. */
export function clusterRefOf({ metadata, spec }: KubeObject): ObjectRef | undefined {
  const name = (spec as { readonly cluster?: { readonly name?: unknown } | null } | null | undefined)?.cluster?.name
  if (typeof name !== 'string') return undefined
  return { apiVersion: fleetkitApiVersion, kind: 'Cluster', namespace: metadata.namespace, name }
}
