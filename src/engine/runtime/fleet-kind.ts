import { FleetkitError } from '../../model/errors/error.ts'
import type { KindDefinition } from '../../model/kinds/kind.ts'
import { type FleetKinds, kinds } from '../../model/kinds/kinds.ts'
import { groupOf, type TypeRef } from '../../model/reference.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Store } from '../../ports/store.ts'

/**
 * A kind of this library, which needs no `apiVersion` to be named.
 *
 * @category Manager
 */
export type FleetKind = keyof FleetKinds

/** The type that a name stands for. Throws `model/invalid` for a name that is no kind of this library. */
export function typeOf(name: FleetKind | TypeRef): TypeRef {
  if (typeof name !== 'string') return { apiVersion: name.apiVersion, kind: name.kind }
  if (Object.hasOwn(kinds, name)) return { apiVersion: kinds[name].apiVersion, kind: name }
  throw new FleetkitError('model/invalid', `'${String(name)}' is no kind of fleetkit; name others as { apiVersion, kind }`, {
    problems: [{ path: 'kind', found: String(name), accepted: `${Object.keys(kinds).join(', ')}, or { apiVersion, kind }` }],
  })
}

/** Whether the objects of a type lie in namespaces: as the cluster says, or else as the kinds of this library do. */
export async function isNamespaced(store: Store, type: TypeRef, signal: AbortSignal): Promise<boolean> {
  if ('discover' in store) return (await (store as ClusterApi).discover(type, { signal }))?.namespaced !== false
  const known = Object.values<KindDefinition>({ ...kinds }).find(
    ({ apiVersion, kind }) => kind === type.kind && groupOf(apiVersion) === groupOf(type.apiVersion),
  )
  return known?.scope !== 'Cluster'
}
