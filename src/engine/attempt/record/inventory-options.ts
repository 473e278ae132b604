import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue } from '../../../model/errors/problem.ts'

/** What fits into a status, and into a ConfigMap, with room for all else in them: either may have 1 MiB. */
export const defaultInventoryBytes: number = 512 * 1024
const maxBytes = 1_000_000

/**
 * How inventories are kept.
 *
 * @category Sync
 */
export interface InventoryOptions {
  /**
   * How many bytes of an inventory are kept in one object: a longer one is kept in ConfigMaps beside the Sync, not in its status. 512 KiB by
   * default, which is some 5,000 objects.
   */
  readonly maxInventoryBytes?: number | undefined
}

/** Throws `model/invalid` for a size that is none. */
export function checkInventoryOptions({ maxInventoryBytes: value = defaultInventoryBytes }: InventoryOptions): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= maxBytes) return
  const accepted = `a whole number of bytes from 1 to ${maxBytes}`
  throw invalid(undefined, [{ path: 'maxInventoryBytes', found: describeValue(value), accepted }])
}
