import type { ObjectMeta } from './object.ts'
import { printable } from './printable.ts'

/**
 * The type of an object: what `apiVersion` and `kind` say.
 *
 * @category Objects
 */
export interface TypeRef {
  readonly apiVersion: string
  readonly kind: string
}

/**
 * The type of an object in whatever API version: the same objects can be had in each that is served.
 *
 * @category Objects
 */
export interface GroupKind {
  /** `''` for the core group. */
  readonly group: string
  readonly kind: string
}

/**
 * Names one object. `namespace` is absent for a cluster-scoped one.
 *
 * @category Objects
 */
export interface ObjectRef extends TypeRef {
  readonly namespace?: string | undefined
  readonly name: string
}

/**
 * The reference to an object.
 *
 * @category Objects
 */
export function refOf(object: TypeRef & { readonly metadata: Pick<ObjectMeta, 'name' | 'namespace'> }): ObjectRef {
  const { apiVersion, kind, metadata } = object
  return metadata.namespace === undefined || metadata.namespace === ''
    ? { apiVersion, kind, name: metadata.name }
    : { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }
}

/**
 * The API group of an `apiVersion`; the core group is `''`.
 *
 * @category Objects
 */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/**
 * The version without the group of an `apiVersion`: `v1` of `apps/v1`.
 *
 * @category Objects
 */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}

/**
 * A kind without its API version, as tables of kinds name it: `apps/Deployment`, and `/Pod` in the core group.
 *
 * @category Objects
 */
export function groupKindOf({ apiVersion, kind }: TypeRef): string {
  return `${groupOf(apiVersion)}/${kind}`
}

/**
 * A string that is equal for two references exactly when they name the same object. API versions of one group are
 * the same object to an API server, so the API version is not part of it.
 *
 * @category Objects
 */
export function refKey(ref: ObjectRef): string {
  return `${groupOf(ref.apiVersion)}|${ref.kind}|${ref.namespace ?? ''}|${ref.name}`
}

/** Whether objects of a type define other types: a `CustomResourceDefinition`, and not a kind of that name in another group. */
export function isDefinition({ apiVersion, kind }: TypeRef): boolean {
  return kind === 'CustomResourceDefinition' && groupOf(apiVersion) === 'apiextensions.k8s.io'
}

/**
 * A string for each type, with its API version: the key of caches by type.
 *
 * @category Objects
 */
export function typeKey(type: TypeRef): string {
  return `${type.apiVersion}|${type.kind}`
}

/**
 * A reference for people, in one line: `Deployment apps/web`, `Namespace apps`.
 *
 * @category Objects
 */
export function formatRef(ref: ObjectRef): string {
  return printable(ref.namespace === undefined ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`)
}
