import { isComplete } from '../../manifest/inventory-shards.ts'
import { getCondition } from '../../model/condition.ts'
import { hasCode } from '../../model/errors/error.ts'
import { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { AttemptContext, Peer } from '../attempt/context.ts'
import type { StatusStore } from '../attempt/record/status-store.ts'
import { attemptInputOf } from './attempt-input.ts'

/**
 * The other Syncs beside one: as they are kept, and those that a program names, as it is about to run them.
 */
export function peersOf(owner: ObjectRef, statuses: StatusStore, named: readonly Sync[] = []): AttemptContext['peers'] {
  return async (signal) => {
    const kept = new Map((await ownersOf(owner, statuses, signal)).map((object) => [refKey(refOf(object)), object]))
    kept.delete(refKey(owner))
    const peers: Peer[] = []
    for (const sync of named) {
      const status = await statuses.complete(sync.ref, (kept.get(refKey(sync.ref))?.status ?? {}) as SyncStatus, { signal })
      kept.delete(refKey(sync.ref))
      peers.push({ owner: sync.ref, status, input: attemptInputOf(sync), pending: true, specified: false })
    }
    for (const object of kept.values()) {
      const status = await statuses.complete(refOf(object), (object.status ?? {}) as SyncStatus, { signal })
      const peer = peerOf(object, status)
      if (isComplete(status.inventory)) peers.push(peer)
      // Of what is recorded in part only a specification can say what it is to have.
      else if (peer.input !== undefined) peers.push({ ...peer, pending: true })
    }
    return peers
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

function peerOf(object: KubeObject, status: SyncStatus): Peer {
  const owner = refOf(object)
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
