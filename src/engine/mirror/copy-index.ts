import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { MirroredCopy } from '../../model/kinds/proxy-sync/types.generated.ts'
import { copyOf } from '../../model/mirror/status.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'

/** The index of ProxySyncs by where their Sync is. */
export const copyIndex = 'copy'

/** Where a Sync is kept. */
export type CopyPlace = Pick<MirroredCopy, 'cluster' | 'namespace' | 'name'>

/** Where the Sync of a ProxySync is to be, and where it is, as keys. */
export function copyKeys(object: KubeObject): readonly string[] {
  const copy = copyOf(object)
  const wanted = wantedPlace(object)
  const places = [...(wanted === undefined ? [] : [wanted]), ...(copy === undefined ? [] : [copy])]
  return [...new Set(places.map((place) => copyKey(object.metadata.namespace, place)))]
}

/** @param namespace - of the ProxySync, and of its Cluster */
export function copyKey(namespace: string | undefined, { cluster, namespace: there, name }: CopyPlace): string {
  return [namespace, cluster, there, name].join('/')
}

/** The Cluster in which the Sync of a ProxySync is to be; where it is, when that is to be deleted. */
export function homeRef(object: KubeObject): ObjectRef | undefined {
  const { namespace, deletionTimestamp } = object.metadata
  const place = (deletionTimestamp === undefined ? undefined : copyOf(object)) ?? wantedPlace(object)
  return place && { apiVersion: fleetkitApiVersion, kind: 'Cluster', namespace, name: place.cluster }
}

/** Where a ProxySync, as it is stored, wants its Sync. */
export function wantedPlace({ metadata, spec }: KubeObject): CopyPlace | undefined {
  const { cluster, template } = (spec ?? {}) as {
    readonly cluster?: { readonly name?: unknown } | null
    readonly template?: { readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } | null } | null
  }
  if (typeof cluster?.name !== 'string') return undefined
  const { name, namespace } = template?.metadata ?? {}
  return {
    cluster: cluster.name,
    namespace: typeof namespace === 'string' ? namespace : 'default',
    name: typeof name === 'string' ? name : metadata.name,
  }
}
