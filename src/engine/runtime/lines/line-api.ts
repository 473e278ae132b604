import { FleetkitError } from '../../../model/errors/error.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import type { GroupKind, ObjectRef, TypeRef } from '../../../model/reference.ts'
import type {
  ApplyOptions,
  ApplyResult,
  ClusterApi,
  ClusterUser,
  IssuedToken,
  ResourceType,
  TokenOptions,
  WriteOptions,
} from '../../../ports/cluster.ts'
import type {
  CallOptions,
  DeleteOptions,
  Lease,
  LeaseOptions,
  ListOptions,
  ObjectList,
  WatchEvent,
  WatchOptions,
} from '../../../ports/store.ts'
import type { Line } from './line.ts'

type As = (api: ClusterApi) => ClusterApi

/** The calls of a port, each over the connection that the line has then. */
export class LineApi implements ClusterApi {
  readonly #line: Line
  readonly #as: As

  /** `as` says as whom. */
  constructor(line: Line, as: As = asItself) {
    this.#line = line
    this.#as = as
  }

  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined> {
    return this.#call(options, (api) => api.get(ref, options))
  }

  list(type: TypeRef, options?: ListOptions): Promise<ObjectList> {
    return this.#call(options, (api) => api.list(type, options))
  }

  watch(type: TypeRef, options: WatchOptions): AsyncIterable<WatchEvent> {
    return this.#line.watch(this.#as, type, options)
  }

  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    return this.#call(options, (api) => api.create(object, options))
  }

  update(object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    return this.#call(options, (api) => api.update(object, options))
  }

  delete(ref: ObjectRef, options?: DeleteOptions): Promise<KubeObject | undefined> {
    return this.#call(options, (api) => api.delete(ref, options))
  }

  lease(options: LeaseOptions): Promise<Lease> {
    return this.#call(options, (api) => api.lease(options))
  }

  apply(objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]> {
    return this.#line.call(options.signal, (api) => this.#as(api).apply(objects, options), failureOfAll)
  }

  discover(type: TypeRef | GroupKind, options?: CallOptions): Promise<ResourceType | undefined> {
    return this.#call(options, (api) => api.discover(type, options))
  }

  types(options?: CallOptions): Promise<readonly ResourceType[]> {
    return this.#call(options, (api) => api.types(options))
  }

  version(options?: CallOptions): Promise<string | undefined> {
    return this.#call(options, async (api) => api.version?.(options))
  }

  openApi(apiVersion: string, options?: CallOptions): Promise<JsonObject | undefined> {
    return this.#call(options, async (api) => api.openApi?.(apiVersion, options))
  }

  createToken(account: Pick<ObjectRef, 'namespace' | 'name'>, options: TokenOptions): Promise<IssuedToken> {
    return this.#call(options, async (api) => tokenOf(api, account, options))
  }

  impersonate(user: ClusterUser): ClusterApi {
    return new LineApi(this.#line, (api) => impersonated(this.#as(api), user))
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #call<T>(options: CallOptions | undefined, work: (api: ClusterApi) => Promise<T>): Promise<T> {
    return this.#line.call(options?.signal, (api) => work(this.#as(api)))
  }
}

const asItself: As = (api) => api

function impersonated(api: ClusterApi, user: ClusterUser): ClusterApi {
  return api.impersonate?.(user) ?? lacks(`a user to act as, ${user.user},`, 'knows no users')
}

function tokenOf(api: ClusterApi, account: Pick<ObjectRef, 'namespace' | 'name'>, options: TokenOptions): Promise<IssuedToken> {
  return api.createToken?.(account, options) ?? lacks('a token to ask for,', 'gives no tokens')
}

function lacks(found: string, why: string): never {
  throw new FleetkitError('cluster/config', `found ${found} accepted none: this kind of cluster ${why}`)
}

/** The error of an apply of which nothing got through. */
function failureOfAll(results: readonly ApplyResult[]): unknown {
  const [first] = results
  return results.every((result) => 'error' in result) && first !== undefined && 'error' in first ? first.error : undefined
}
