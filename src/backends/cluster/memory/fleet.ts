import { FleetkitError } from '../../../model/errors/error.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { Connect } from '../../../ports/connect.ts'
import { MemoryCluster, type MemoryClusterOptions } from './cluster.ts'
import type { RestorableCluster } from './restorable.ts'

/** Clusters in memory, by the names of the Clusters that they stand for. */
export interface MemoryFleet {
  /** Connects to those that were made. */
  readonly connect: Connect
  /** The cluster of a name; made when it is asked for first. */
  cluster(name: string): RestorableCluster
  /** Forgets a cluster, so that another one is made under its name. */
  remove(name: string): void
}

/**
 * A fleet of clusters in memory, for tests and simulations.
 *
 * @param options - of each cluster
 *
 * @example
 * ```ts
 * import { fleetControllers, Manager } from 'fleetkit'
 * import { memoryFleet, memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * const fleet = memoryFleet()
 * await fleet.cluster('eu-west-1').create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
 * await using manager = new Manager({ store: memoryStore(), git: memoryGit(), connect: fleet.connect })
 * manager.add(...fleetControllers())
 * ```
 */
export function memoryFleet(options: MemoryClusterOptions = {}): MemoryFleet {
  const clusters = new Map<string, RestorableCluster>()
  return {
    connect: async ({ ref }, { current }) => {
      const cluster = clusters.get(ref.name)
      if (cluster === undefined)
        throw new FleetkitError('cluster/not-registered', 'the fleet in memory has no cluster of this name', { ref })
      return current !== undefined && lines.get(current) === cluster ? current : lineTo(cluster)
    },
    cluster(name) {
      const cluster = clusters.get(name) ?? new MemoryCluster(options)
      clusters.set(name, cluster)
      return cluster
    },
    remove: (name) => void clusters.delete(name),
  }
}

/** What each line leads to. */
const lines = new WeakMap<ClusterApi, ClusterApi>()

/** A line that can be closed, and the cluster goes on. */
function lineTo(cluster: ClusterApi): ClusterApi {
  const line = new Proxy(cluster, {
    get(target, property) {
      if (property === 'close' || property === Symbol.asyncDispose) return async () => {}
      const member: unknown = Reflect.get(target, property, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  lines.set(line, cluster)
  return line
}
