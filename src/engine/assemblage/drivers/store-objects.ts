import type { DriverChange } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refOf, type TypeRef } from '../../../model/reference.ts'
import type { DriverOptions } from '../../../ports/driver.ts'
import { listAll } from '../../attempt/list-all.ts'

/** The objects of some types in the namespace of an Assemblage. */
export async function listObjects(
  { namespace }: ObjectRef,
  types: readonly TypeRef[],
  { store, signal, lease }: DriverOptions,
): Promise<readonly KubeObject[]> {
  const lists = []
  for (const type of types) lists.push(await listAll(store, type, { namespace, signal, lease }))
  return lists.flat()
}

/** Makes one write to a store, only on what it is based on. */
export async function writeObject(
  { action, object }: DriverChange,
  { store, signal, lease }: DriverOptions,
): Promise<KubeObject | undefined> {
  const options = { signal, lease }
  if (action === 'create') return store.create(object, options)
  if (action === 'update') return store.update(object, options)
  const { uid, resourceVersion } = object.metadata
  await store.delete(refOf(object), { ...options, uid, resourceVersion })
  return undefined
}
