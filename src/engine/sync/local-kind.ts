import { FleetkitError } from '../../model/errors/error.ts'
import { Sync } from '../../model/kinds/sync/sync.ts'
import { refOf } from '../../model/reference.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Store } from '../../ports/store.ts'
import { emptyMemory } from '../attempt/memory.ts'
import { terminal } from '../runtime/terminal.ts'
import type { AppliedKind } from './applied-kind.ts'

/** `Sync`: it applies to the cluster of the manager. */
export function localKind(): AppliedKind {
  const memory = emptyMemory()
  return {
    parse: (object) => Sync.from(object),
    heldBy: () => undefined,
    restoredAt: () => undefined,
    async target(object, { cluster, store }) {
      const target = ownCluster(cluster, store)
      return { owner: refOf(object), cluster: target, home: target, memory }
    },
    mayHoldMore: async () => false,
    ownerOf: refOf,
    sharesTarget: () => true,
  }
}

/** A cluster is a store: where only a store is given that is one, it is the cluster as well. */
function ownCluster(cluster: ClusterApi | undefined, store: Store): ClusterApi {
  if (cluster !== undefined) return cluster
  if ('apply' in store && 'discover' in store) return store as ClusterApi
  throw missing('cluster', 'the cluster that Syncs are applied to')
}

/** What a manager was not given and a controller needs. */
export function missing(option: string, accepted: string): FleetkitError {
  const problems = [{ path: option, found: 'nothing', accepted }]
  const message = `the Manager has no ${option}, which the controller needs: give it ${accepted}`
  return terminal(new FleetkitError('model/invalid', message, { problems }))
}
