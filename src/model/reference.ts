import type { KubeObject } from './object.ts'

/** The type of an object: what `apiVersion` and `kind` say. */
export interface TypeRef {
  readonly apiVersion: string
  readonly kind: string
}

/** Names one object. `namespace` is absent for a cluster-scoped one. */
export interface ObjectRef extends TypeRef {
  readonly namespace?: string | undefined
  readonly name: string
}

/** The reference to an object. */
export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object
  return metadata.namespace === undefined || metadata.namespace === ''
    ? { apiVersion, kind, name: metadata.name }
    : { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }
}

/** The API group of an `apiVersion`; the core group is `''`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** The version without the group of an `apiVersion`: `v1` of `apps/v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}

/** A kind without its API version, as tables of kinds name it: `apps/Deployment`, and `/Pod` in the core group. */
export function groupKindOf({ apiVersion, kind }: TypeRef): string {
  return `${groupOf(apiVersion)}/${kind}`
}

/**
 * A string that is equal for two references exactly when they name the same object. API versions of one group are
 * the same object to an API server, so the API version is not part of it.
 */
export function refKey(ref: ObjectRef): string {
  return `${groupOf(ref.apiVersion)}|${ref.kind}|${ref.namespace ?? ''}|${ref.name}`
}

/** Whether objects of a type define other types: a `CustomResourceDefinition`, and not a kind of that name in another group. */
export function isDefinition({ apiVersion, kind }: TypeRef): boolean {
  return kind === 'CustomResourceDefinition' && groupOf(apiVersion) === 'apiextensions.k8s.io'
}

/** A string for each type, with its API version: the key of caches by type. */
export function typeKey(type: TypeRef): string {
  return `${type.apiVersion}|${type.kind}`
}

/** A reference for people: `Deployment apps/web`, `Namespace apps`. */
export function formatRef(ref: ObjectRef): string {
  return ref.namespace === undefined ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`
}
