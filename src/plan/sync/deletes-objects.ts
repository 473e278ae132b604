import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'

/** Whether the applied objects are deleted with their owner, by its deletion policy. */
export function deletesObjects({ deletionPolicy, prune, suspend }: Pick<SyncSpec, 'deletionPolicy' | 'prune' | 'suspend'>): boolean {
  if (suspend || deletionPolicy === 'Orphan') return false
  return deletionPolicy === 'MirrorPrune' ? prune : true
}
