import { jsonEqual } from '../../model/json/json-equal.ts'
import type { Json, KubeObject } from '../../model/object.ts'

/** Whether an object is another one than before in what a source can say of it, or in who owns that. Its status does not count. */
export function isWrittenSince(before: KubeObject, after: KubeObject): boolean {
  return before.metadata.resourceVersion !== after.metadata.resourceVersion && !jsonEqual(writtenOf(before), writtenOf(after))
}

function writtenOf({ status: _, metadata, ...rest }: KubeObject): Json {
  const { resourceVersion: __, generation: ___, managedFields = [], ...kept } = metadata
  const owners = managedFields.flatMap(({ time: _, ...entry }) => (entry.subresource === 'status' ? [] : [entry]))
  return { ...rest, metadata: kept, owners } as unknown as Json
}
