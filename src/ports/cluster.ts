import type { FleetkitError } from '../model/errors/error.ts'
import type { JsonObject, KubeObject } from '../model/object.ts'
import type { GroupKind, ObjectRef, TypeRef } from '../model/reference.ts'
import type { CallOptions, Store } from './store.ts'

/**
 * How a cluster takes a write. `create`, `update` and `apply` of a {@link ClusterApi} all take these.
 *
 * @category Ports
 */
export interface WriteOptions extends CallOptions {
  /**
   * Who writes, in managed fields: 1 to 128 bytes of printable characters, otherwise `model/invalid`. The name of the
   * client when absent.
   */
  readonly fieldManager?: string | undefined
  /** Everything is checked and computed, nothing is stored. */
  readonly dryRun?: boolean | undefined
  /**
   * What becomes of fields that the type does not have. `Strict`, the default, refuses the object; `Warn` and `Ignore` drop
   * them. The texts of warnings are not handed on. An apply is always strict, as on the API server.
   */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore' | undefined
  /** Writes `status` and nothing else; not for a create. Without it, everything but `status` is written. */
  readonly subresource?: 'status' | undefined
}

/**
 * How `ClusterApi.apply` applies.
 *
 * @category Ports
 */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string
  /** Takes fields from other managers instead of failing with `cluster/field-conflict`. */
  readonly force?: boolean | undefined
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
  /** Every API version in which the cluster serves the kind, the one that it prefers first. */
  readonly apiVersions: readonly string[]
}

/**
 * Who is to be acted as in a cluster.
 *
 * @category Ports
 */
export interface ClusterUser {
  readonly user: string
  /** None when absent. */
  readonly groups?: readonly string[] | undefined
}

/**
 * Which token of a ServiceAccount is wanted.
 *
 * @category Ports
 */
export interface TokenOptions extends CallOptions {
  /** For how long, in whole seconds: at least 600. The cluster may give another time. */
  readonly expirationSeconds: number
}

/**
 * A token of a ServiceAccount, for the API server that gave it. It never reaches a log, event, status or error.
 *
 * @category Ports
 */
export interface IssuedToken {
  /** A JWT, with the times of the server: `iat` and `exp`. */
  readonly token: string
  /** RFC 3339, by the clock of the server. */
  readonly expiresAt: string
}

/**
 * Access to one cluster: a store of everything that it serves, and server-side apply.
 *
 * Implementations prove themselves with `clusterConformance` of `fleetkit/testing`.
 *
 * @category Ports
 */
export interface ClusterApi extends Store {
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>

  /**
   * As `Store.update`. The managed fields of the object are taken over, unless `status` is written: an empty list, or
   * `[{}]`, clears them, and an object without any keeps those that it has.
   */
  update(object: KubeObject, options?: WriteOptions): Promise<KubeObject>

  /**
   * Applies each object, by server-side apply. Objects are independent of one another and may be applied at the same time;
   * results come in the order of `objects`, an error of one never hides those of others. Rejects only when the whole call is
   * impossible (aborted, closed).
   */
  apply(objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]>

  /**
   * How the cluster serves a type; `undefined` when it does not. Of a {@link GroupKind} in the API version that it prefers, so an
   * object that was applied in one that is no longer served is still found. Answers are cached; a new definition is found, and a type
   * that the cluster no longer knows is asked for again. Rejects when the cluster cannot say: what is unknown is not missing.
   */
  discover(type: TypeRef | GroupKind, options?: CallOptions): Promise<ResourceType | undefined>

  /** The version of the API server, e.g. `v1.36.3`. One that has none is without this method, or says nothing. */
  version?(options?: CallOptions): Promise<string | undefined>

  /** Every kind that the cluster serves now, in the API version that it prefers. */
  types(options?: CallOptions): Promise<readonly ResourceType[]>

  /**
   * The OpenAPI document (version 3) of an API version as it is now: the schemas of its types, and the paths by which they are
   * served. Descriptions and operations may be left out. `undefined` when the cluster has none. What a plan predicts by that may not write; without
   * this method it predicts by managed fields alone.
   */
  openApi?(apiVersion: string, options?: CallOptions): Promise<JsonObject | undefined>

  /**
   * The same line as another user, with these groups and no others: what it may do is judged as that user, whom the user of this line must be
   * permitted to impersonate. It shares connections, limits and what is known of the types; closing it does nothing, and it ends
   * with this line. `cluster/config` for names that cannot be sent, and for a line that acts as another user already.
   */
  impersonate?(as: ClusterUser): ClusterApi

  /**
   * A new token of a ServiceAccount (the API TokenRequest): a `create` on `serviceaccounts/token`. `store/not-found` when there is no such
   * ServiceAccount, `cluster/invalid` for less than 600 seconds.
   */
  createToken?(account: Pick<ObjectRef, 'namespace' | 'name'>, options: TokenOptions): Promise<IssuedToken>
}
