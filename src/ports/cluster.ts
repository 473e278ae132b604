import type { FleetkitError } from '../model/errors/error.ts'
import type { KubeObject } from '../model/object.ts'
import type { ObjectRef, TypeRef } from '../model/reference.ts'
import type { CallOptions, Store } from './store.ts'

/**
 * How `ClusterApi.apply` applies.
 *
 * @category Ports
 */
export interface ApplyOptions extends CallOptions {
  /** Who applies: 1 to 128 bytes of printable characters, otherwise `model/invalid`. */
  readonly fieldManager: string
  /** Takes fields from other managers instead of failing with `cluster/field-conflict`. */
  readonly force?: boolean | undefined
  /** Everything is checked and computed, nothing is stored. */
  readonly dryRun?: boolean | undefined
}

/**
 * What became of one applied object.
 *
 * @category Ports
 */
export type ApplyResult =
  | {
      readonly ref: ObjectRef
      /** The object as stored, or as it would be stored. */
      readonly object: KubeObject
      /** Whether this apply created it. */
      readonly created: boolean
    }
  | { readonly ref: ObjectRef; readonly error: FleetkitError }

/**
 * How a cluster serves a type.
 *
 * @category Ports
 */
export interface ResourceType extends TypeRef {
  /** The name in URLs and RBAC rules, e.g. `deployments`. */
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/**
 * Access to one cluster: a store of everything that it serves, and server-side apply.
 *
 * Implementations prove themselves with `clusterConformance` of `fleetkit/testing`.
 *
 * @category Ports
 */
export interface ClusterApi extends Store {
  /**
   * Applies each object, by server-side apply with strict field validation. Objects are independent of one another
   * and may be applied at the same time; results come in the order of `objects`, an error of one never hides those of
   * others. Rejects only when the whole call is impossible (aborted, closed).
   */
  apply(objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]>

  /** How the cluster serves a type; `undefined` when it does not. Answers are cached; a new definition is found. */
  discover(type: TypeRef, options?: CallOptions): Promise<ResourceType | undefined>
}
