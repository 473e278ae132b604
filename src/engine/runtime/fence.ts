import { throwIfAborted } from '../../model/errors/abort.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { CallOptions, Lease, Store } from '../../ports/store.ts'
import type { ManagerContext, RunContext } from './context.ts'

/** What a manager has to have to do anything: the lease, if it works with one. */
export interface Fence {
  lease?: Lease | undefined
}

/** `context` for one run: nothing can be done through its store and its cluster once `signal` has aborted, or the lease is lost. */
export function fencedContext(context: ManagerContext, fence: Fence, signal: AbortSignal): RunContext {
  const { store, cluster, clusterOf } = context
  const guard = <Options extends CallOptions>(options?: Options): Options => {
    // Looked at in each call: in a process that was paused past the end of its lease, no timer may have run yet.
    throwIfAborted(fence.lease?.signal)
    throwIfAborted(signal)
    return { ...options, lease: options?.lease ?? fence.lease, signal: options?.signal ?? signal } as Options
  }
  return {
    ...context,
    store: fencedStore(store, guard),
    ...(cluster === undefined ? {} : { cluster: fencedCluster(cluster, guard) }),
    clusterOf: (ref) => fencedCluster(clusterOf(ref), guard),
    signal,
  }
}

/** Throws when nothing may be done any more. Gives the options of a call the signal of the run when they have none. */
type Guard = <Options extends CallOptions>(options?: Options) => Options

/**
 * A store through which nothing can be done any more once `guard` throws: calls fail with its error before they reach
 * `store`. Closing it does nothing.
 */
function fencedStore(store: Store, guard: Guard): Store {
  // A cluster is a store, and stays a cluster.
  return 'apply' in store && 'discover' in store ? fencedCluster(store as ClusterApi, guard) : fencedCalls(store, guard)
}

function fencedCalls(store: Store, guard: Guard): Store {
  return {
    get: async (ref, options) => store.get(ref, guard(options)),
    list: async (type, options) => store.list(type, guard(options)),
    watch: (type, options) => store.watch(type, guard(options)),
    create: async (object, options) => store.create(object, guard(options)),
    update: async (object, options) => store.update(object, guard(options)),
    delete: async (ref, options) => store.delete(ref, guard(options)),
    lease: async (options) => store.lease(guard(options)),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The same for a cluster. */
function fencedCluster(cluster: ClusterApi, guard: Guard): ClusterApi {
  return {
    ...fencedCalls(cluster, guard),
    apply: async (objects, options) => cluster.apply(objects, guard(options)),
    discover: async (type, options) => cluster.discover(type, guard(options)),
    types: async (options) => cluster.types(guard(options)),
    version: async (options) => cluster.version?.(guard(options)),
    openApi: async (apiVersion, options) => cluster.openApi?.(apiVersion, guard(options)),
    ...(cluster.createToken && {
      createToken: async (account, options) => (cluster as Required<ClusterApi>).createToken(account, guard(options)),
    }),
    ...(cluster.impersonate && { impersonate: (as) => fencedCluster((cluster as Required<ClusterApi>).impersonate(as), guard) }),
  }
}
