import { jsonEqual } from '../../model/json/json-equal.ts'
import type { Json } from '../../model/object.ts'

/**
 * Defaults that the API server sets inside values that are applied as a whole (atomic lists and maps, empty structures), by the
 * name of the field. Elsewhere a defaulted field is one that no manager owns. Source: k8s.io/kubernetes, the
 * `zz_generated.defaults.go` of each group.
 */
const defaults: Readonly<Record<string, readonly Json[]>> = {
  apiGroup: ['', 'rbac.authorization.k8s.io'],
  apiVersion: ['v1'],
  creationTimestamp: [null],
  divisor: ['0', 0],
  expirationSeconds: [3600],
  kind: ['PersistentVolumeClaim'],
  metadata: [{ creationTimestamp: null }, {}],
  phase: ['Pending'],
  protocol: ['TCP'],
  rollingUpdate: [{ maxSurge: '25%', maxUnavailable: '25%' }, { maxSurge: 0, maxUnavailable: 1 }, { partition: 0 }],
  scope: ['*'],
  status: [{ phase: 'Pending' }, {}],
  type: ['RollingUpdate'],
  volumeMode: ['Filesystem'],
}

/** Whether a field inside an atomic value may be there only because the server set it. */
export function isServerDefault(name: string, value: Json): boolean {
  return Object.hasOwn(defaults, name) && (defaults[name] as readonly Json[]).some((known) => jsonEqual(known, value))
}
