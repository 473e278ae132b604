import { retryOnConflict } from '../../async/retry-on-conflict.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { CallOptions, Store } from '../../ports/store.ts'

/**
 * Changes the status of an object as it is in the store now, and tries again when another writer comes first. What does not
 * change is not written.
 *
 * @param change - makes the status from the present one, which is `{}` when there is none; may be called more than once
 * @returns the object as it is stored then
 * @throws FleetkitError `store/not-found` when the object is gone; `store/conflict` when other writers come first again and again.
 *
 * @example
 * ```ts
 * import { controller, setCondition } from 'fleetkit'
 * import { updateStatus } from 'fleetkit/controller'
 *
 * export const widgets = controller({
 *   for: { apiVersion: 'example.com/v1', kind: 'Widget' },
 *   async reconcile({ ref, object }, { store, clock, signal }) {
 *     if (object === undefined) return
 *     const ready = { type: 'Ready', status: 'True', reason: 'Made', message: 'it is there' } as const
 *     await updateStatus(store, ref, () => ({ conditions: setCondition([], ready, clock.now()) }), { signal })
 *   },
 * })
 * ```
 */
export function updateStatus<Status extends object>(
  store: Store,
  ref: ObjectRef,
  change: (status: Partial<Status>, object: KubeObject) => Status,
  options: CallOptions = {},
): Promise<KubeObject> {
  return retryOnConflict(async () => {
    const object = await store.get(ref, options)
    if (object === undefined) throw new FleetkitError('store/not-found', 'it is gone, so its status cannot be written', { ref })
    const status = change((object.status ?? {}) as Partial<Status>, object)
    if (jsonEqual(status, object.status ?? {})) return object
    return await store.update({ ...object, status }, { ...options, subresource: 'status' })
  })
}
