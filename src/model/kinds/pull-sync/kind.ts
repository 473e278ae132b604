import { fleetkitApiVersion } from '../group.ts'
import { lastColumns, readyColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { pullSyncSpecSchema, pullSyncStatusSchema } from './schema.ts'
import type { PullSyncSpec, PullSyncStatus } from './types.generated.ts'

/** The kind `PullSync`. */
export const pullSyncKind: TypedKind<PullSyncSpec, PullSyncStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'PullSync',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'pullsyncs',
  singular: 'pullsync',
  shortNames: [],
  description: 'Keeps here the Syncs that a management has for this cluster, and reports to it; this cluster connects to the management.',
  spec: pullSyncSpecSchema,
  status: pullSyncStatusSchema,
  columns: [
    { name: 'Upstream', type: 'string', jsonPath: '.spec.upstream.namespace' },
    readyColumn,
    { name: 'Contact', type: 'date', jsonPath: '.status.lastContactAt' },
    ...lastColumns,
  ],
}
