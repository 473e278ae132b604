import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { clusterRegistrationStatusSchema } from './schema.ts'
import type { ClusterRegistrationStatus } from './types.generated.ts'

/** The status of a ClusterRegistration as it is stored, whatever was edited into it by hand: what is no status is left out. */
export function registrationStatusOf({ status }: Pick<KubeObject, 'status'>): ClusterRegistrationStatus {
  return (validPart(clusterRegistrationStatusSchema, status) ?? {}) as ClusterRegistrationStatus
}
