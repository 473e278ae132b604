import type { KubeObject } from '../../object.ts'
import { validPart } from '../../schema/valid-part.ts'
import { proxySyncStatusSchema } from './schema.ts'
import type { ProxySyncStatus } from './types.generated.ts'

/** The status of a ProxySync as it is stored, whatever was edited into it by hand: what is no status is left out. */
export function proxySyncStatusOf({ status }: Pick<KubeObject, 'status'>): ProxySyncStatus {
  return (validPart(proxySyncStatusSchema, status) ?? {}) as ProxySyncStatus
}
