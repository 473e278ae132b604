import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { remoteAssemblageStatusSchema } from './schema.ts'
import type { RemoteAssemblageStatus } from './types.generated.ts'

/** The status of a RemoteAssemblage as it is stored, whatever was edited into it by hand: what is no status is left out. */
export function remoteAssemblageStatusOf({ status }: Pick<KubeObject, 'status'>): RemoteAssemblageStatus {
  return (validPart(remoteAssemblageStatusSchema, status) ?? {}) as RemoteAssemblageStatus
}
