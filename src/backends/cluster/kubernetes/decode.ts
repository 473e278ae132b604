import { compareText } from '../../../model/compare-text.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import { parseJson } from '../../../model/json/parse-json.ts'
import { isMap } from '../../../model/json/value.ts'
import type { Json, KubeObject } from '../../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../../model/reference.ts'
import type { ObjectList } from '../../../ports/store.ts'
import { MalformedError, malformed } from './fields.ts'
import type { ServedResource } from './served-resource.ts'

/** The error for an answer that is not what Kubernetes answers. It names places, and repeats nothing of the answer. */
export function protocolError(
  what: string,
  options: { readonly ref?: ObjectRef | undefined; readonly problems?: readonly Problem[] } = {},
): FleetkitError {
  return new FleetkitError('cluster/protocol', `the API server answered something else than ${what}`, options)
}

/** Runs `read` on what came from outside; what does not fit becomes `cluster/protocol`. */
export function decode<T>(what: string, read: () => T, ref?: ObjectRef): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw protocolError(`${what}: ${error.message}`, { ref, problems: error.problems })
  }
}

/** The object that `body` is, of `type`; when it is known which one, that one. */
export function decodeObject(body: unknown, { apiVersion, kind }: TypeRef, ref?: ObjectRef): KubeObject {
  return decode(
    `a ${kind} of ${apiVersion}`,
    () => {
      const object = checkObject(body, '')
      if (object.apiVersion !== apiVersion || object.kind !== kind) throw malformed('kind', object.kind, `${kind} of ${apiVersion}`)
      const { name, namespace } = object.metadata
      if (ref !== undefined && (name !== ref.name || (namespace ?? '') !== (ref.namespace ?? '')))
        throw malformed('metadata.name', name, 'that of the object that was asked for')
      return object
    },
    ref,
  )
}

/** The page of a list that `body` is, in order. */
export function decodeList(body: unknown, { apiVersion, kind }: TypeRef): ObjectList {
  return decode(`a list of ${kind} of ${apiVersion}`, () => {
    const { metadata, items } = record(body, '')
    const { resourceVersion, continue: token } = record(metadata, 'metadata')
    if (typeof resourceVersion !== 'string') throw malformed('metadata.resourceVersion', resourceVersion, 'a text')
    if (!isAbsent(token) && typeof token !== 'string') throw malformed('metadata.continue', token, 'a text')
    if (!isAbsent(items) && !Array.isArray(items)) throw malformed('items', items, 'a list')
    // The items of a list do not repeat their type.
    const objects = ((items ?? []) as unknown[]).map((item, index) => ({ ...checkObject(item, `items[${index}]`), apiVersion, kind }))
    return { items: objects.sort(byPlace), resourceVersion, ...(token ? { continue: token as string } : {}) }
  })
}

/** What one line of a watch says. */
export type WatchLine =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject; readonly resourceVersion: string }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** The end of the watch; `status` is a `Status`. */
  | { readonly type: 'ERROR'; readonly status: unknown }

export function decodeWatchLine(line: string, { apiVersion, kind }: TypeRef): WatchLine {
  return decode(`an event of a watch of ${kind} of ${apiVersion}`, () => {
    const { type, object } = record(parseLine(line), '')
    if (type === 'ERROR') return { type, status: object }
    if (type !== 'BOOKMARK' && type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED')
      throw malformed('type', type, 'ADDED, MODIFIED, DELETED, BOOKMARK or ERROR')
    const { resourceVersion } = record(record(object, 'object').metadata, 'object.metadata')
    if (typeof resourceVersion !== 'string' || resourceVersion === '')
      throw malformed('object.metadata.resourceVersion', resourceVersion, 'a text')
    return type === 'BOOKMARK' ? { type, resourceVersion } : { type, object: decodeObject(object, { apiVersion, kind }), resourceVersion }
  })
}

function parseLine(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    throw new MalformedError('it is not JSON')
  }
}

const texts = ['namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp'] as const
const numbers = ['generation', 'deletionGracePeriodSeconds'] as const
const maps = ['labels', 'annotations'] as const
const lists = ['finalizers', 'ownerReferences', 'managedFields'] as const

/** What a `KubeObject` promises of itself. */
function checkObject(value: unknown, path: string): KubeObject {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`)
  const object = record(value, path)
  const metadata = record(object.metadata, at('metadata'))
  const fault = (field: string, accepted: string): MalformedError => malformed(at(`metadata.${field}`), metadata[field], accepted)
  if (typeof metadata.name !== 'string' || metadata.name === '') throw fault('name', 'a text')
  for (const field of texts) if (!isAbsent(metadata[field]) && typeof metadata[field] !== 'string') throw fault(field, 'a text')
  for (const field of numbers) if (!isAbsent(metadata[field]) && typeof metadata[field] !== 'number') throw fault(field, 'a number')
  for (const field of maps)
    if (!isAbsent(metadata[field]) && !Object.values(record(metadata[field], at(`metadata.${field}`))).every(isText))
      throw fault(field, 'a mapping of texts')
  for (const field of lists) {
    const list = metadata[field]
    if (!isAbsent(list) && !(Array.isArray(list) && list.every(field === 'finalizers' ? isText : isMap)))
      throw fault(field, field === 'finalizers' ? 'a list of texts' : 'a list of mappings')
  }
  return object as unknown as KubeObject
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (!isMap(value)) throw malformed(path, value, 'a mapping')
  return value
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

/** Orders objects by namespace and name, in code points. */
export function byPlace({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  return compareText(a.namespace ?? '', b.namespace ?? '') || compareText(a.name, b.name)
}

/** The object that a deletion answers with, when it waits for its finalizers. */
export function decodeTerminating(body: unknown, resource: ServedResource, ref: ObjectRef): KubeObject | undefined {
  const { deletionTimestamp, finalizers } = (body as Partial<KubeObject> | undefined)?.metadata ?? {}
  const waits = deletionTimestamp !== undefined && Array.isArray(finalizers) && finalizers.length > 0
  return waits ? decodeObject(body, resource, ref) : undefined
}
