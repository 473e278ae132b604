import { FleetkitError } from '../../model/errors/error.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { TypeRef } from '../../model/reference.ts'

const kindNames: readonly FleetKind[] = [
  'Sync',
  'RemoteSync',
  'ProxySync',
  'PullSync',
  'Cluster',
  'Module',
  'BootstrapModule',
  'Assemblage',
  'RemoteAssemblage',
  'Rollout',
]

/** A kind of this library, which needs no `apiVersion` to be named. */
export type FleetKind =
  | 'Sync'
  | 'RemoteSync'
  | 'ProxySync'
  | 'PullSync'
  | 'Cluster'
  | 'Module'
  | 'BootstrapModule'
  | 'Assemblage'
  | 'RemoteAssemblage'
  | 'Rollout'

/** The type that a name stands for. Throws `model/invalid` for a name that is no kind of this library. */
export function typeOf(name: FleetKind | TypeRef): TypeRef {
  if (typeof name !== 'string') return { apiVersion: name.apiVersion, kind: name.kind }
  if (kindNames.includes(name)) return { apiVersion: fleetkitApiVersion, kind: name }
  throw new FleetkitError('model/invalid', `'${String(name)}' is no kind of fleetkit; name others as { apiVersion, kind }`, {
    problems: [{ path: 'kind', found: String(name), accepted: `${kindNames.join(', ')}, or { apiVersion, kind }` }],
  })
}
