import { FleetkitError } from '../../model/errors/error.ts'
import { kinds } from '../../model/kinds/kinds.ts'
import type { TypeRef } from '../../model/reference.ts'

/**
 * A kind of this library, which needs no `apiVersion` to be named.
 *
 * @category Manager
 */
export type FleetKind = keyof typeof kinds

/** The type that a name stands for. Throws `model/invalid` for a name that is no kind of this library. */
export function typeOf(name: FleetKind | TypeRef): TypeRef {
  if (typeof name !== 'string') return { apiVersion: name.apiVersion, kind: name.kind }
  if (Object.hasOwn(kinds, name)) return { apiVersion: kinds[name].apiVersion, kind: name }
  throw new FleetkitError('model/invalid', `'${String(name)}' is no kind of fleetkit; name others as { apiVersion, kind }`, {
    problems: [{ path: 'kind', found: String(name), accepted: `${Object.keys(kinds).join(', ')}, or { apiVersion, kind }` }],
  })
}
