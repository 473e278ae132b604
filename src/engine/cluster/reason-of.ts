import type { FleetkitError } from '../../model/errors/error.ts'

const reasons: Readonly<Record<string, string>> = {
  'cluster/unreachable': 'ClusterUnreachable',
  timeout: 'ClusterUnreachable',
  'cluster/unauthorized': 'Unauthorized',
  'cluster/forbidden': 'Forbidden',
  'cluster/config': 'InvalidAccess',
  'cluster/not-registered': 'NotRegistered',
}

/** Why a cluster cannot be asked, as the reason of a condition. */
export function reasonOf({ code }: FleetkitError): string {
  return reasons[code] ?? 'ClusterFailed'
}
