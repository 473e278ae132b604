import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import type { CallOptions, Store } from '../../../ports/store.ts'
import { accepted, pattern } from './pattern.ts'

/** Where a store keeps which management its objects are of. */
const record: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'fleetkit-management' }
const digits = 12

/** The id of the management that a store belongs to, made at random where there is none yet. `store/corrupt` when something else is kept there. */
export async function keptId(store: Pick<Store, 'get' | 'create'>, random: () => number, options: CallOptions): Promise<string> {
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
  if (typeof id === 'string' && pattern.test(id)) return id
  throw new FleetkitError('store/corrupt', `data.id: found no id of a management, accepted ${accepted}`, { ref: record })
}
