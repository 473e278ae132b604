import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { clusterStatusSchema } from './schema.ts'
import type { ClusterStatus } from './types.generated.ts'

/** The status of a Cluster as it is stored, whatever was edited into it by hand: what is no status is left out. */
export function clusterStatusOf({ status }: Pick<KubeObject, 'status'>): ClusterStatus {
  return (validPart(clusterStatusSchema, status) ?? {}) as ClusterStatus
}
