import { retryOnConflict } from '../../async/retry-on-conflict.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { CallOptions, Store } from '../../ports/store.ts'

/** What {@link createOrUpdate} did. */
export interface CreateOrUpdateResult {
  /** The object as it is stored now. */
  readonly object: KubeObject
  readonly result: 'created' | 'updated' | 'unchanged'
}

/**
 * Makes an object what `change` makes of it, whether it is there or not, and tries again when another writer comes first. What
 * does not change is not written. The status is not written.
 *
 * @param change - makes the object from the present one, or from one that has only its name; may be called more than once
 * @throws FleetkitError `store/conflict` when other writers come first again and again; the codes of `Store.create` and `Store.update`.
 *
 * @example
 * ```ts
 * import { controller } from 'fleetkit'
 * import { createOrUpdate, withController } from 'fleetkit/controller'
 *
 * export const widgets = controller({
 *   for: { apiVersion: 'example.com/v1', kind: 'Widget' },
 *   owns: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
 *   async reconcile({ ref, object }, { store, signal }) {
 *     if (object === undefined) return
 *     const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ref.namespace, name: ref.name }
 *     await createOrUpdate(store, map, (present) => withController({ ...present, data: { made: 'yes' } }, object), { signal })
 *   },
 * })
 * ```
 */
export function createOrUpdate(
  store: Store,
  ref: ObjectRef,
  change: (present: KubeObject) => KubeObject,
  options: CallOptions = {},
): Promise<CreateOrUpdateResult> {
  const { apiVersion, kind, name, namespace } = ref
  const work = async (): Promise<CreateOrUpdateResult> => {
    const present = await store.get(ref, options)
    if (present === undefined) {
      const made = change({ apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } })
      return { object: await store.create(made, options), result: 'created' }
    }
    const changed = change(present)
    if (jsonEqual(changed, present)) return { object: present, result: 'unchanged' }
    return { object: await store.update(changed, options), result: 'updated' }
  }
  return retryOnConflict(work, 'store/exists', 'store/not-found')
}
