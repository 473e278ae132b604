import { busyHold } from '../../../rollout/planner/hold.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import type { ClusterTable } from './cluster-table.ts'
import type { ModuleRollout } from './module-rollout.ts'

/** A cluster that gets the revision that it is pinned to. */
export interface PinAction {
  readonly target: string
  readonly set: string
  readonly why: 'pinned'
  readonly stage: null
}

/** The pinned clusters of a module that are assigned another revision. The rollout leaves them as they are, whatever it wants. */
export function pinActions(rollout: ModuleRollout, clusters: ClusterTable, now: number): readonly PinAction[] {
  if (rollout.isPaused || rollout.module.revision === null || rollout.plan?.phase === 'Invalid') return []
  return Object.keys(rollout.module.holds ?? {}).flatMap((id) => {
    const row = clusters.rowOf(id)
    const view = row === undefined ? undefined : rollout.targets.get(row)
    const pin = view && pinOf(view)
    // One that is pinned to what is wanted gets it in its turn.
    if (view === undefined || pin === undefined || pin === rollout.module.revision) return []
    if (view.selected === false || !view.reach.ok || view.assigned?.version === pin) return []
    const busy = busyHold(view, now)
    if (busy === undefined) return [{ target: id, set: pin, why: 'pinned' as const, stage: null }]
    rollout.wakeAt = Math.min(rollout.wakeAt, busy.until ?? Number.POSITIVE_INFINITY)
    return []
  })
}

function pinOf({ hold }: TargetView): string | undefined {
  return typeof hold === 'object' && typeof hold?.pin === 'string' ? hold.pin : undefined
}
