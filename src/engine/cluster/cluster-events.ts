import { getCondition } from '../../model/condition.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf } from '../../model/reference.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import type { IndexRequest, WatchSource } from '../runtime/controller.ts'
import type { FleetKind } from '../runtime/fleet-kind.ts'
import { clusterRefOf } from './cluster-ref.ts'

const indexName = 'cluster'

/** What the controller of a kind whose objects name a Cluster has to know and to see of that. */
export function clusterEvents(kind: FleetKind): { readonly indexes: readonly IndexRequest[]; readonly watches: readonly WatchSource[] } {
  return {
    indexes: [{ type: kind, name: indexName, values: clusterKeys }],
    watches: [
      {
        type: 'Cluster',
        predicate: matters,
        map: (object, cache) => cache.indexed(kind, indexName, refKey(refOf(object))).map(refOf),
      },
    ],
  }
}

/** The Cluster that an object names, as a key. */
export function clusterKeys(object: KubeObject): readonly string[] {
  const ref = clusterRefOf(object)
  return ref === undefined ? [] : [refKey(ref)]
}

/** Whether a change of a Cluster changes what can be done there: not, that it has answered once more. */
function matters({ object, previous }: Change): boolean {
  return previous === undefined || stateOf(object) !== stateOf(previous)
}

function stateOf(cluster: KubeObject): string {
  const { conditions, identity } = clusterStatusOf(cluster)
  const { suspend } = (cluster.spec ?? {}) as { readonly suspend?: unknown }
  const { ready, message } = readinessOf(cluster)
  return JSON.stringify([suspend, ready, message, getCondition(conditions, 'Ready')?.reason, identity?.uid, identity?.restoredAt])
}
