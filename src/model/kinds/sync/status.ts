import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { syncStatusSchema } from './schema.ts'
import type { Inventory, SyncStatus } from './types.generated.ts'

/**
 * The status of a Sync as it is stored, whatever was edited into it by hand: what is no status is left out. Only an inventory
 * stays as it is, because what it names would be lost: who reads it refuses it.
 */
export function syncStatusOf({ status }: Pick<KubeObject, 'status'>): SyncStatus {
  const { inventory: _, ...valid } = (validPart(syncStatusSchema, status) ?? {}) as SyncStatus
  const inventory = (status as { readonly inventory?: Inventory | null } | null | undefined)?.inventory ?? undefined
  return { ...valid, ...(inventory === undefined ? {} : { inventory }) }
}
