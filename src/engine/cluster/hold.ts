import { getCondition } from '../../model/condition.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import type { ClusterSpec } from '../../model/kinds/cluster/types.generated.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef } from '../../model/reference.ts'

/** Why nothing can be done in a cluster for now. */
export interface ClusterHold {
  /** For programs, as the reason of a condition. */
  readonly reason: string
  /** For people. */
  readonly message: string
}

/** Why a cluster is not worked on: it is not there, is left alone, or is not known to be the right one and within reach. */
export function holdOf(ref: ObjectRef, cluster: KubeObject | undefined): ClusterHold | undefined {
  if (cluster === undefined) return { reason: 'ClusterNotRegistered', message: `there is no ${formatRef(ref)}` }
  const { suspend } = (cluster.spec ?? {}) as Partial<ClusterSpec>
  if (suspend === true) return { reason: 'ClusterSuspended', message: `${formatRef(ref)} is suspended` }
  const { ready, message } = readinessOf(cluster)
  if (ready) return undefined
  const { conditions, lastContactAt } = clusterStatusOf(cluster)
  const condition = getCondition(conditions, 'Ready')
  const since = lastContactAt === undefined ? '' : `; the last answer came at ${lastContactAt}`
  return {
    // What is true of an older generation is no reason.
    reason: condition === undefined || condition.status === 'True' ? 'ClusterNotReady' : condition.reason,
    message: `${formatRef(ref)} is not ready: ${message}${since}`,
  }
}
