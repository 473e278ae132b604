import type { RolloutInput, RolloutPlan, TargetView } from 'fleetkit/rollout'
import { carriedOut } from './simulation/properties.ts'

/** A target that is ready with a version. */
export const at = (id: string, version: string | null = 'v1', labels: Readonly<Record<string, string>> = {}): TargetView => ({
  id,
  labels,
  reach: { ok: true, since: 0 },
  assigned: version === null ? null : { version, generation: 1, at: 0 },
  observed: version === null ? null : { version, generation: 1, phase: 'ready', since: 0 },
})

/** A target that was assigned `v2` at 900, observed in `phase` with it since then. */
export const assignedV2 = (id: string, phase?: 'applying' | 'ready' | 'failed', more: Partial<TargetView> = {}): TargetView => ({
  ...at(id),
  assigned: { version: 'v2', generation: 2, at: 900 },
  ...(phase && { observed: { version: 'v2', generation: 2, phase, since: 900 } }),
  ...more,
})
/** Unreachable since 100. */
export const unreachable = { reach: { ok: false, since: 100 } }

/** All at once, from whatever the targets have to `v2`. */
export const rollout = (id: string, targets: readonly TargetView[], more: Partial<RolloutInput> = {}): RolloutInput => ({
  now: 1000,
  module: { id, version: 'v2' },
  strategy: { stages: [{ name: 'fleet' }], maxDeletions: 'all' },
  targets,
  ...more,
})

/** Every assignment has succeeded. */
export const comeTrue = (input: RolloutInput, plan: RolloutPlan, now: number): RolloutInput => {
  const { targets } = carriedOut(input, plan)
  const views = targets.map((view) => {
    const { assigned } = view
    if (assigned === null || view.observed?.generation === assigned.generation) return view
    const phase = assigned.version === null ? 'absent' : 'ready'
    return { ...view, observed: { version: assigned.version, generation: assigned.generation, phase, since: now } } as const
  })
  return { ...input, now, targets: views }
}
