import { systemNamespace } from '../../model/kinds/cluster/system-namespace.ts'
import type { ClusterIdentity } from '../../model/kinds/cluster/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { type ClusterMark, judgeIdentity } from '../../plan/cluster/judge-identity.ts'
import type { ClusterApi } from '../../ports/cluster.ts'

export const leaseType = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const
const ownerAnnotation = 'fleetkit.dev/cluster'
const counterAnnotation = 'fleetkit.dev/counter'

/** The object in a cluster that holds the mark of a management. */
export function markRef(management: string): ObjectRef {
  return { ...leaseType, namespace: systemNamespace, name: `fleetkit-${management}` }
}

/** The mark in an object; what cannot be read is no mark of anyone. */
export function markIn({ metadata: { annotations = {} } }: KubeObject): ClusterMark | undefined {
  const owner = annotations[ownerAnnotation]
  const counter = Number(annotations[counterAnnotation])
  return owner === undefined || !Number.isSafeInteger(counter) ? undefined : { owner, counter }
}

/** An object with a mark. */
export function withMark(object: KubeObject, { owner, counter }: ClusterMark): KubeObject {
  const annotations = { ...object.metadata.annotations, [ownerAnnotation]: owner, [counterAnnotation]: String(counter) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** Whether a cluster is no longer as the management remembers it, by its mark as it is now: a restore may not have been noticed yet. */
export async function isRestored(
  cluster: ClusterApi,
  management: string,
  { owner, remembered }: { readonly owner: string; readonly remembered: ClusterIdentity | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  if (remembered?.counter === undefined) return false
  const found = await cluster.get(markRef(management), { signal })
  return judgeIdentity({ owner, remembered }, { uid: remembered.uid, mark: found && markIn(found) }) === 'restored'
}
