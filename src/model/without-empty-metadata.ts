import type { KubeObject } from './object.ts'

/** Fields of metadata that mean the same when they are empty as when they are absent. */
const optionalMetadata = ['namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields'] as const

/** An object as it is sent to any store: without the metadata that say nothing. Frozen where it differs. */
export function withoutEmptyMetadata(object: KubeObject): KubeObject {
  const { metadata } = object
  const empty = optionalMetadata.filter((field) => field in metadata && isEmpty(metadata[field]))
  if (empty.length === 0) return object
  const kept = Object.entries(metadata).filter(([field]) => !(empty as string[]).includes(field))
  return Object.freeze({ ...object, metadata: Object.freeze(Object.fromEntries(kept)) as unknown as KubeObject['metadata'] })
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value as object).length === 0)
}
