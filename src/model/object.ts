/**
 * Any JSON value.
 *
 * @category Objects
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/**
 * Any JSON object.
 *
 * @category Objects
 */
export interface JsonObject {
  readonly [field: string]: Json
}

/**
 * Metadata of an object, as Kubernetes has it. Times are RFC 3339 strings.
 *
 * @category Objects
 */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly uid?: string | undefined
  /** Opaque except to the store that gave it: compare for equality only. */
  readonly resourceVersion?: string | undefined
  /** Counts the changes of everything but metadata and status. */
  readonly generation?: number | undefined
  readonly creationTimestamp?: string | undefined
  readonly deletionTimestamp?: string | undefined
  readonly deletionGracePeriodSeconds?: number | undefined
  readonly finalizers?: readonly string[] | undefined
  readonly ownerReferences?: readonly OwnerReference[] | undefined
  readonly managedFields?: readonly ManagedFieldsEntry[] | undefined
}

/**
 * Names the owner that an object is garbage-collected with.
 *
 * @category Objects
 */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean | undefined
  readonly blockOwnerDeletion?: boolean | undefined
}

/**
 * Which fields one manager owns (server-side apply).
 *
 * @category Objects
 */
export interface ManagedFieldsEntry {
  readonly manager?: string | undefined
  readonly operation?: 'Apply' | 'Update' | undefined
  readonly apiVersion?: string | undefined
  readonly time?: string | undefined
  readonly fieldsType?: string | undefined
  /** The set of fields in the `FieldsV1` form: `f:name`, `k:{"key":"value"}`, `v:value`, `.`. */
  readonly fieldsV1?: JsonObject | undefined
  readonly subresource?: string | undefined
}

/**
 * Any Kubernetes-shaped object, as plain readonly JSON. Objects are never mutated by the library and may be frozen.
 *
 * @category Objects
 */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: unknown
  readonly status?: unknown
  readonly [field: string]: unknown
}
