import { isComplete } from '../../manifest/inventory-shards.ts'
import { getCondition } from '../../model/condition.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import type { Owner } from '../../model/kinds/owner.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { AttemptContext, Peer } from '../attempt/context.ts'
import type { StatusStore } from '../attempt/record/status-store.ts'
import type { AppliedKind, AppliedObject } from './applied-kind.ts'
import { attemptInputOf } from './attempt-input.ts'

/** What has peers. */
interface Self {
  readonly owner: Owner
  readonly object: KubeObject
}

/**
 * The others of its kind that apply to the same cluster: as they are kept, and those that a program names, as it is about to run them.
 */
export function peersOf(
  { owner, object: self }: Self,
  { parse, sharesTarget, ownerOf }: Pick<AppliedKind, 'parse' | 'sharesTarget' | 'ownerOf'>,
  statuses: StatusStore,
  named: readonly AppliedObject[] = [],
): AttemptContext['peers'] {
  const { management } = owner
  return async (signal) => {
    const owners = (await ownersOf(owner, statuses, signal)).filter((object) => sharesTarget(self, object))
    const kept = new Map(owners.map((object) => [refKey(refOf(object)), object]))
    kept.delete(refKey(owner))
    const peers: Peer[] = []
    for (const sync of named.filter((other) => sharesTarget(self, other.toObject()))) {
      const ref = ownerOf(sync.toObject(), management)
      const status = await statuses.complete(sync.ref, (kept.get(refKey(sync.ref))?.status ?? {}) as SyncStatus, { signal })
      kept.delete(refKey(sync.ref))
      peers.push({ owner: ref, status, input: attemptInputOf(sync, ref), pending: true, specified: false })
    }
    for (const object of kept.values()) {
      const status = await statuses.complete(refOf(object), (object.status ?? {}) as SyncStatus, { signal })
      const peer = peerOf({ object, owner: ownerOf(object, management) }, status, parse)
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

function peerOf({ object, owner }: Self, status: SyncStatus, parse: AppliedKind['parse']): Peer {
  const isWanted = object.spec !== undefined && object.metadata.deletionTimestamp === undefined
  const sync = isWanted ? orInvalid(() => parse(object)) : undefined
  // What is not valid is not to have anything.
  if (sync === undefined || sync instanceof FleetkitError) return { owner, status, pending: false, specified: object.spec !== undefined }
  const attempted = getCondition(status.conditions, 'Ready')?.observedGeneration
  const pending = attempted !== object.metadata.generation && !sync.spec.suspend
  return { owner, status, input: attemptInputOf(sync, owner), pending, specified: true }
}
