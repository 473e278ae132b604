import { isMap } from '../../json/value.ts'
import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { syncStatusSchema } from '../sync-status-schema.ts'
import type { Inventory, SyncStatus } from './types.generated.ts'

/**
 * The status of a Sync as it is stored, whatever was edited into it by hand: what is no status is left out. Only an inventory
 * stays as it is, because what it names would be lost: who reads it refuses it.
 */
export function syncStatusOf({ status }: Pick<KubeObject, 'status'>): SyncStatus {
  if (!isMap(status)) return {}
  const { inventory, ...others } = status
  const valid = validPart(syncStatusSchema, others) as SyncStatus
  return inventory === undefined || inventory === null ? valid : { ...valid, inventory: inventory as unknown as Inventory }
}
