import { base64 } from '../../model/json/base64.ts'
import { fieldOf, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import { groupOf } from '../../model/reference.ts'

const metadataFields = ['annotations', 'finalizers', 'labels', 'ownerReferences']

/**
 * What of an object a manager can want: everything but its identity, what the server keeps about it, and its status.
 *
 * @param status - keeps the status, for a type that serves it as an ordinary field
 */
export function comparable(object: KubeObject, status: boolean): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object as unknown as Readonly<Record<string, Json>>
  const kept = metadataFields.flatMap((name) => {
    const value = fieldOf(metadata, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const body = Object.entries(rest).filter(([name, value]) => value !== undefined && (status || name !== 'status'))
  return Object.fromEntries([...body, ['metadata', Object.fromEntries(kept)]])
}

/** Whether an object is a Secret, whose values are never shown. */
export function isSecret(object: KubeObject): boolean {
  return object.kind === 'Secret' && object.apiVersion === 'v1'
}

/** Whether a type is one that the API server itself knows, whose empty fields it leaves out and whose quantities it rewrites. */
export function isBuiltIn(apiVersion: string): boolean {
  const group = groupOf(apiVersion)
  return !group.includes('.') || group.endsWith('.k8s.io')
}

/** A Secret as the API server stores it: `stringData` goes, encoded, over `data`, and line breaks leave the base64. */
export function storedSecret(secret: JsonObject): JsonObject {
  const { stringData, data, ...rest } = secret
  if (!isMap(stringData) && !isMap(data)) return rest
  const kept = Object.entries(isMap(data) ? data : {}).map(
    ([key, value]) => [key, typeof value === 'string' ? value.replace(/[\r\n]/g, '') : value] as const,
  )
  const encoded = Object.entries(isMap(stringData) ? stringData : {}).map(
    ([key, value]) => [key, typeof value === 'string' ? base64(new TextEncoder().encode(value)) : value] as const,
  )
  return { ...rest, data: Object.fromEntries([...kept, ...encoded]) }
}
