import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, type ObjectRef, refKey } from '../../../model/reference.ts'
import type { ApplyResult, ClusterApi, ClusterUser, IssuedToken, TokenOptions } from '../../../ports/cluster.ts'
import type { Connect, ConnectOptions } from '../../../ports/connect.ts'
import type { CallOptions } from '../../../ports/store.ts'
import { Line } from './line.ts'

/** What lines are opened by. */
export interface LinesOptions extends Omit<ConnectOptions, 'current' | 'signal'> {
  readonly connect: Connect
  /** The Cluster of a name, as it is known. */
  readonly find: (ref: ObjectRef, signal: AbortSignal) => Promise<KubeObject | undefined>
}

/** The lines to the clusters of a fleet, each opened when it is used first, and shared by all who use it. */
export class Lines implements AsyncDisposable {
  readonly #options: LinesOptions
  readonly #lines = new Map<string, Line>()
  #closed = false

  constructor(options: LinesOptions) {
    this.#options = options
  }

  /** The line to a cluster. Asks nothing yet; closing it does nothing. */
  to(ref: ObjectRef): ClusterApi {
    if (this.#closed) throw new FleetkitError('closed', `the lines are closed, so there is none to ${formatRef(ref)}`)
    const key = refKey(ref)
    const line = this.#lines.get(key) ?? new Line(ref, (current, signal) => this.#open(ref, current, signal), this.#options.clock)
    this.#lines.set(key, line)
    return callsOver(line, (api) => api)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#lines.values()].map((line) => line[Symbol.asyncDispose]()))
  }

  async #open(ref: ObjectRef, current: ClusterApi | undefined, signal: AbortSignal): Promise<ClusterApi> {
    const { connect, find, store, clock, logger } = this.#options
    return connect({ ref, object: await find(ref, signal) }, { store, clock, logger, current, signal })
  }
}

/** The calls of a port, each over the connection that the line has then. `as` says as whom. */
function callsOver(line: Line, as: (api: ClusterApi) => ClusterApi): ClusterApi {
  const call = <T>(options: CallOptions | undefined, work: (api: ClusterApi) => Promise<T>): Promise<T> =>
    line.call(options?.signal, (api) => work(as(api)))
  return {
    get: (ref, options) => call(options, (api) => api.get(ref, options)),
    list: (type, options) => call(options, (api) => api.list(type, options)),
    watch: (type, options) => line.watch(as, type, options),
    create: (object, options) => call(options, (api) => api.create(object, options)),
    update: (object, options) => call(options, (api) => api.update(object, options)),
    delete: (ref, options) => call(options, (api) => api.delete(ref, options)),
    lease: (options) => call(options, (api) => api.lease(options)),
    apply: (objects, options) => line.call(options.signal, (api) => as(api).apply(objects, options), failureOfAll),
    discover: (type, options) => call(options, (api) => api.discover(type, options)),
    types: (options) => call(options, (api) => api.types(options)),
    version: (options) => call(options, async (api) => api.version?.(options)),
    openApi: (apiVersion, options) => call(options, async (api) => api.openApi?.(apiVersion, options)),
    createToken: (account, options) => call(options, async (api) => tokenOf(api, account, options)),
    impersonate: (user) => callsOver(line, (api) => impersonated(as(api), user)),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

function impersonated(api: ClusterApi, user: ClusterUser): ClusterApi {
  if (api.impersonate !== undefined) return api.impersonate(user)
  throw new FleetkitError('cluster/config', `found a user to act as, ${user.user}, accepted none: this kind of cluster knows no users`)
}

function tokenOf(api: ClusterApi, account: Pick<ObjectRef, 'namespace' | 'name'>, options: TokenOptions): Promise<IssuedToken> {
  if (api.createToken !== undefined) return api.createToken(account, options)
  throw new FleetkitError('cluster/config', 'found a token to ask for, accepted none: this kind of cluster gives no tokens')
}

/** The error of an apply of which nothing got through. */
function failureOfAll(results: readonly ApplyResult[]): unknown {
  const [first] = results
  return results.every((result) => 'error' in result) && first !== undefined && 'error' in first ? first.error : undefined
}
