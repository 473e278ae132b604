import { readAssigned, readObserved, readTarget } from '../../../rollout/planner/read/read-targets.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import type { AssemblageView, AssembledModule, FleetCluster } from './input.ts'

/** What was assigned and observed of a module on a cluster. */
export interface Known extends Pick<TargetView, 'assigned' | 'observed'> {
  /** Whether it is applied directly, of a module that there is not. */
  readonly direct?: boolean | undefined
}

export const nothing: Known = { assigned: null, observed: null }

/** A cluster as it may come from JSON: what is wrong about it makes all that it is a target of invalid. */
export function readCluster(given: FleetCluster): FleetCluster {
  const { assigned: _, observed: _observed, ...cluster } = readTarget({ ...given, ...nothing }) as TargetView
  return typeof given.uid === 'string' ? { ...cluster, uid: given.uid } : cluster
}

export function readKnown({ assigned, observed, direct }: AssembledModule): Known {
  return { assigned: readAssigned(assigned), observed: readObserved(observed), ...(direct === true && { direct }) }
}

/** What was seen of another cluster under this name says nothing of this one. */
export function isOf({ uid }: AssemblageView, cluster: FleetCluster): boolean {
  return uid === undefined || uid === cluster.uid
}
