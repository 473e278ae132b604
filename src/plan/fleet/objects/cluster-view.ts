import { getCondition } from '../../../model/condition.ts'
import { clusterStatusOf } from '../../../model/kinds/cluster/status.ts'
import type { ClusterStatus } from '../../../model/kinds/cluster/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { parseTime } from '../../../model/time.ts'
import type { TargetBusy } from '../../../rollout/target-view.ts'
import type { FleetCluster } from '../planner/input.ts'

/**
 * A Cluster as a fleet is planned from: it can be reached while its condition Ready is true, and is left alone while it is suspended or being deleted.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { fleetClusterOf } from 'fleetkit/fleet'
 *
 * export function lost(clusters: readonly KubeObject[]): readonly string[] {
 *   return clusters.map(fleetClusterOf).filter(({ reach }) => !reach.ok).map(({ id }) => id)
 * }
 * ```
 *
 * @category Fleet
 */
export function fleetClusterOf(object: KubeObject): FleetCluster {
  const { name, uid, labels, deletionTimestamp, creationTimestamp } = object.metadata
  const status = clusterStatusOf(object)
  const ready = getCondition(status.conditions, 'Ready')
  const busy = busyOf(status)
  const { suspend } = (object.spec ?? {}) as { readonly suspend?: unknown }
  const hold = deletionTimestamp !== undefined ? 'excluded' : suspend === true ? 'paused' : undefined
  return {
    id: name,
    reach: { ok: ready?.status === 'True', since: parseTime(ready?.lastTransitionTime ?? '') ?? parseTime(creationTimestamp ?? '') ?? 0 },
    ...(uid !== undefined && { uid }),
    ...(labels !== undefined && { labels }),
    ...(hold !== undefined && { hold }),
    ...(busy !== undefined && { busy }),
  }
}

function busyOf({ busy, conditions }: ClusterStatus): TargetBusy | undefined {
  if (busy === undefined) return undefined
  const since = parseTime(getCondition(conditions, 'Busy')?.lastTransitionTime ?? '') ?? 0
  const until = parseTime(busy.until)
  return { reason: busy.reason, since, ...(until !== undefined && { maxAge: Math.max(0, until - since) }) }
}
