import { throwIfAborted } from '../../model/errors/abort.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import type { ManagerContext, RunContext } from './context.ts'

/** `context` for one run: nothing can be done through its store and its cluster once `signal` has aborted. */
export function fencedContext(context: ManagerContext, signal: AbortSignal): RunContext {
  const { store, cluster } = context
  return {
    ...context,
    store: fencedStore(store, signal),
    ...(cluster === undefined ? {} : { cluster: fencedCluster(cluster, signal) }),
    signal,
  }
}

/**
 * A store through which nothing can be done any more once `signal` has aborted: calls fail with its reason before they
 * reach `store`. Calls that bring no signal of their own get this one. Disposing of it does nothing.
 */
function fencedStore(store: Store, signal: AbortSignal): Store {
  // A cluster is a store, and stays a cluster.
  return 'apply' in store && 'discover' in store ? fencedCluster(store as ClusterApi, signal) : fencedCalls(store, signal)
}

function fencedCalls(store: Store, signal: AbortSignal): Store {
  const fence = fenceOf(signal)
  return {
    get: async (ref, options) => store.get(ref, fence(options)),
    list: async (type, options) => store.list(type, fence(options)),
    watch: (type, options) => store.watch(type, fence(options)),
    create: async (object, options) => store.create(object, fence(options)),
    update: async (object, options) => store.update(object, fence(options)),
    delete: async (ref, options) => store.delete(ref, fence(options)),
    lease: async (options) => store.lease(fence(options)),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The same for a cluster. */
function fencedCluster(cluster: ClusterApi, signal: AbortSignal): ClusterApi {
  const fence = fenceOf(signal)
  return {
    ...fencedCalls(cluster, signal),
    apply: async (objects, options) => cluster.apply(objects, fence(options)),
    discover: async (type, options) => cluster.discover(type, fence(options)),
    types: async (options) => cluster.types(fence(options)),
  }
}

function fenceOf(signal: AbortSignal): <Options extends CallOptions>(options?: Options) => Options {
  return <Options extends CallOptions>(options?: Options) => {
    throwIfAborted(signal)
    return { ...options, signal: options?.signal ?? signal } as Options
  }
}
