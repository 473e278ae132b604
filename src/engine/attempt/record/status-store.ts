import { FleetkitError } from '../../../model/errors/error.ts'
import { jsonCopy } from '../../../model/json/parse-json.ts'
import type { Owner } from '../../../model/kinds/owner.ts'
import type { SyncStatus } from '../../../model/kinds/sync/types.generated.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import type { CallOptions } from '../../../ports/store.ts'

/**
 * Where the status of an owner is kept, as it is kept. Each save is a compare-and-swap against what was loaded: of two writers that work for
 * one owner at the same time, one fails before it writes to the cluster.
 */
export interface StatusRecords {
  /** The status of an owner; `{}` when there is none yet. */
  load(owner: ObjectRef, options: CallOptions): Promise<SyncStatus>
  /** Replaces the status. `previous` is what it was loaded or saved as; `store/conflict` when it differs by now. */
  save(owner: ObjectRef, previous: SyncStatus, status: SyncStatus, options: CallOptions): Promise<void>
  /** Forgets an owner that is gone. `previous` is what was loaded; `store/conflict` when it differs by now. */
  remove(owner: ObjectRef, previous: SyncStatus, options: CallOptions): Promise<void>
  /** An owner as it is kept, with its status; without a spec where only statuses are kept. */
  get(owner: ObjectRef, options: CallOptions): Promise<KubeObject | undefined>
  /** All owners of this kind that can apply to the same cluster. */
  owners(owner: Owner, options: CallOptions): Promise<readonly KubeObject[]>
  /** The object of the cluster in which the status is kept, if it is one. */
  recordOf?(owner: ObjectRef): ObjectRef
}

/** Where the status of an owner is kept, with the whole inventory however long it is. */
export interface StatusStore extends Omit<StatusRecords, 'save'> {
  /** As it is saved. It is what the next save takes for `previous`. */
  save(owner: ObjectRef, previous: SyncStatus, status: SyncStatus, options: CallOptions): Promise<SyncStatus>
  /** A status as it was found in an owner's object, with the whole inventory. */
  complete(owner: ObjectRef, status: SyncStatus, options: CallOptions): Promise<SyncStatus>
  /** Whether a part of the status can be kept in this object. No source may contain it. */
  reserves(owner: ObjectRef, ref: ObjectRef): boolean
}

/** The status was saved by another writer since it was loaded. */
export function conflictingWriter(owner: ObjectRef): FleetkitError {
  return new FleetkitError('store/conflict', 'another writer saved its status meanwhile', { ref: owner })
}

/** A status as it is stored: without fields that are `undefined`. */
export function compact(status: SyncStatus): JsonObject {
  return jsonCopy(status) as unknown as JsonObject
}
