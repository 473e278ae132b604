import type { ObjectRef } from '../../reference.ts'

/** The namespace of every cluster that no one can delete. */
export const systemNamespace = 'kube-system'
/** Tells by its uid which cluster it is. */
export const systemRef: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name: systemNamespace }
