import type { DriverChange } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refOf, type TypeRef } from '../../../model/reference.ts'
import type { DriverOptions } from '../../../ports/driver.ts'

/** How many objects one page of a list holds. */
const pageSize = 500

/** The objects of some types in the namespace of an Assemblage. */
export async function listObjects(
  { namespace }: ObjectRef,
  types: readonly TypeRef[],
  { store, ...options }: DriverOptions,
): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = []
  for (const type of types) {
    let token: string | undefined
    do {
      const page = await store.list(type, { namespace, limit: pageSize, continue: token, signal: options.signal, lease: options.lease })
      for (const object of page.items) objects.push(object)
      token = page.continue
    } while (token !== undefined)
  }
  return objects
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
