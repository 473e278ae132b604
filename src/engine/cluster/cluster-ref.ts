import { invalid } from '../../model/errors/invalid.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refOf } from '../../model/reference.ts'

/** The Cluster that an object, as it is stored, applies to; `undefined` when it names none. */
export function clusterRefOf({ metadata, spec }: KubeObject): ObjectRef | undefined {
  const name = (spec as { readonly cluster?: { readonly name?: unknown } | null } | null | undefined)?.cluster?.name
  if (typeof name !== 'string') return undefined
  return { apiVersion: fleetkitApiVersion, kind: 'Cluster', namespace: metadata.namespace, name }
}

/** The Cluster that an object applies to. */
export function requireCluster(object: KubeObject): ObjectRef {
  const ref = clusterRefOf(object)
  if (ref !== undefined) return ref
  throw invalid(refOf(object), [{ path: 'spec.cluster.name', found: 'no name', accepted: 'the name of a Cluster in its namespace' }])
}
