import { mirroredCopySchema, mirrorFields } from '../../mirror/schema.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { syncKind } from '../sync/kind.ts'
import { appliedDependenciesSchema, pendingPruneSchema } from '../sync-status-schema.ts'

/** The schema of the spec of a ProxySync. */
export const proxySyncSpecSchema: Schema = {
  type: 'object',
  typeName: 'ProxySyncSpec',
  required: ['cluster', 'template'],
  properties: mirrorFields('ProxySync', syncKind),
}

/** The schema of the status of a ProxySync. */
export const proxySyncStatusSchema: Schema = {
  type: 'object',
  typeName: 'ProxySyncStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    lastAppliedRevision: text(),
    lastAttemptedRevision: text(),
    lastAttemptAt: time(),
    lastHandledReconcileAt: text(),
    pendingPrune: pendingPruneSchema,
    dependencies: appliedDependenciesSchema,
    copy: mirroredCopySchema,
  },
}
