import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { ObjectRef, TypeRef } from '../../model/reference.ts'

export const registrationType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'ClusterRegistration' }

/** Where registrations are looked at, unless it is said otherwise. */
export const defaultNamespace = 'fleetkit-registrations'

export function registrationRef({ namespace = defaultNamespace, name }: RegistrationName): ObjectRef {
  return { ...registrationType, namespace, name }
}

/**
 * Which ClusterRegistration is meant.
 *
 * @category ClusterRegistration
 */
export interface RegistrationName {
  /** `fleetkit-registrations` when absent. */
  readonly namespace?: string | undefined
  readonly name: string
}
