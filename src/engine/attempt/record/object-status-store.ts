import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import { syncStatusOf } from '../../../model/kinds/sync/status.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../../model/reference.ts'
import type { CallOptions, Store } from '../../../ports/store.ts'
import { listAll } from '../list-all.ts'
import type { InventoryOptions } from './inventory-options.ts'
import { ShardedStatusStore } from './sharded-status-store.ts'
import { compact, conflictingWriter, type StatusRecords, type StatusStore } from './status-store.ts'

const attempts = 5

/**
 * Keeps each status in the owner's own object.
 *
 * @param found - an owner as it was read just now: it is not read again before its status is saved
 */
export function objectStatusStore(store: Store, options: InventoryOptions = {}, found?: KubeObject): StatusStore {
  return new ShardedStatusStore(objectRecords(store, found), store, options)
}

function objectRecords(store: Store, found: KubeObject | undefined): StatusRecords {
  /** The owner that was read or written last. */
  let last = found
  const read = async (owner: ObjectRef, options: CallOptions): Promise<KubeObject | undefined> => {
    last = await store.get(owner, options)
    return last
  }
  return {
    load: async (owner, options) => syncStatusOf((await read(owner, options)) ?? {}),
    async save(owner, previous, status, options) {
      for (let attempt = 1; ; attempt++) {
        const known = last !== undefined && refKey(refOf(last)) === refKey(owner) && attempt === 1
        const object = known ? last : await read(owner, options)
        if (object === undefined) throw new FleetkitError('store/not-found', 'it is gone, so its status cannot be saved', { ref: owner })
        if (!jsonEqual(syncStatusOf(object), previous)) throw conflictingWriter(owner)
        try {
          last = await store.update({ ...object, status: compact(status) }, { ...options, subresource: 'status' })
          return
        } catch (error) {
          // Another writer may change the spec and the metadata: only a status that differs is a conflict.
          if (!hasCode(error, 'store/conflict') || attempt === attempts) throw error
        }
      }
    },
    // Those that share a cluster from outside lie in one namespace.
    owners: ({ apiVersion, kind, namespace, management }, options) =>
      listAll(store, { apiVersion, kind }, management === undefined ? options : { ...options, namespace }),
    // The status goes with the object.
    remove: async () => {},
    get: (owner, options) => store.get(owner, options),
  }
}
