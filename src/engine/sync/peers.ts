import { getCondition } from '../../model/condition.ts'
import { hasCode } from '../../model/errors/error.ts'
import { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { AttemptContext, Peer } from '../attempt/context.ts'
import type { StatusStore } from '../attempt/status-store.ts'
import { attemptInputOf } from './attempt-input.ts'

/**
 * The other Syncs beside one: as they are kept, and those that a program names, as it is about to run them.
 */
export function peersOf(owner: ObjectRef, statuses: StatusStore, named: readonly Sync[] = []): AttemptContext['peers'] {
  return async (signal) => {
    const kept = new Map((await ownersOf(owner, statuses, signal)).map((object) => [refKey(refOf(object)), object]))
    const about = named.map((sync): Peer => {
      const status = (kept.get(refKey(sync.ref))?.status ?? {}) as SyncStatus
      kept.delete(refKey(sync.ref))
      return { owner: sync.ref, status, input: attemptInputOf(sync), pending: true, specified: false }
    })
    return [...about, ...[...kept.values()].map(peerOf)]
  }
}

/** Who may not list the other Syncs does without them: what belongs to one of them is refused then, and what leaves is deleted. */
async function ownersOf(owner: ObjectRef, statuses: StatusStore, signal: AbortSignal): Promise<readonly KubeObject[]> {
  try {
    return await statuses.owners(owner, { signal })
  } catch (error) {
    if (hasCode(error, 'cluster/forbidden')) return []
    throw error
  }
}

function peerOf(object: KubeObject): Peer {
  const owner = refOf(object)
  const status = (object.status ?? {}) as SyncStatus
  const sync = object.spec === undefined || object.metadata.deletionTimestamp !== undefined ? undefined : validSync(object)
  if (sync === undefined) return { owner, status, pending: false, specified: object.spec !== undefined }
  const attempted = getCondition(status.conditions, 'Ready')?.observedGeneration
  const pending = attempted !== object.metadata.generation && !sync.spec.suspend
  return { owner, status, input: attemptInputOf(sync), pending, specified: true }
}

/** What is not valid is not to have anything. */
function validSync(object: KubeObject): Sync | undefined {
  try {
    return Sync.from(object)
  } catch (error) {
    if (hasCode(error, 'model/invalid')) return undefined
    throw error
  }
}
