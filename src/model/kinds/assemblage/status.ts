import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { assemblageStatusSchema } from './schema.ts'
import type { AssemblageStatus } from './types.generated.ts'

/** The status of an Assemblage as it is stored, whatever was edited into it by hand: what is no status is left out. */
export function assemblageStatusOf({ status }: Pick<KubeObject, 'status'>): AssemblageStatus {
  return (validPart(assemblageStatusSchema, status) ?? {}) as AssemblageStatus
}
