import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { CallOptions, Store } from '../../ports/store.ts'

/** Where a store keeps which management its objects are of. */
const record: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'fleetkit-management' }
const digits = 12

/** What can be the id of a management: it is a label's value, and a part of field managers. */
export const managementPattern: RegExp = /^[a-z0-9]([-a-z0-9]{0,18}[a-z0-9])?$/
/** What {@link managementPattern} accepts, in words. */
export const managementAccepted = 'at most 20 lower-case letters, digits and -, beginning and ending with a letter or digit'

/**
 * The id of the management that a store belongs to. Made at random when it is asked for first, and kept in the ConfigMap `default/fleetkit-management`: what its
 * objects have applied elsewhere is theirs by it.
 *
 * @throws FleetkitError `store/corrupt` when something else is kept there
 */
export async function managementOf(store: Pick<Store, 'get' | 'create'>, random: () => number, options: CallOptions): Promise<string> {
  const kept = await store.get(record, options)
  if (kept !== undefined) return idIn(kept)
  const id = Array.from({ length: digits }, () => Math.floor(random() * 36).toString(36)).join('')
  const { apiVersion, kind, namespace, name } = record
  try {
    return idIn(await store.create({ apiVersion, kind, metadata: { namespace, name }, data: { id } }, options))
  } catch (error) {
    const other = hasCode(error, 'store/exists') ? await store.get(record, options) : undefined
    if (other === undefined) throw error
    return idIn(other)
  }
}

function idIn({ data }: KubeObject): string {
  const { id } = (data ?? {}) as { readonly id?: unknown }
  if (typeof id === 'string' && managementPattern.test(id)) return id
  throw new FleetkitError('store/corrupt', `data.id: found no id of a management, accepted ${managementAccepted}`, { ref: record })
}
