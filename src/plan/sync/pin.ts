import type { SyncPin, SyncSpec } from '../../model/kinds/sync/types.generated.ts'

/** What the source of a pinned Sync says, and is not followed. */
export function pinMessage({ revision, by, reason }: SyncPin, { git }: SyncSpec['source']): string {
  return `pinned to ${revision} by ${by}: ${reason}; the source names ${git.tag ?? git.commit}`
}
