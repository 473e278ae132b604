import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { pullSyncStatusSchema } from './schema.ts'
import type { PullSyncStatus } from './types.generated.ts'

/** The status of a PullSync as it is stored, whatever was edited into it by hand: what is no status is left out. */
export function pullSyncStatusOf({ status }: Pick<KubeObject, 'status'>): PullSyncStatus {
  return (validPart(pullSyncStatusSchema, status) ?? {}) as PullSyncStatus
}
