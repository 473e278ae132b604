import { assignVersion, carryOut, observePhase, type RolloutInput, type RolloutPlan, type TargetView, view } from 'fleetkit/rollout'

/** A target that is ready with a version. */
export const at = (id: string, version: string | null = 'v1', labels: Readonly<Record<string, string>> = {}): TargetView =>
  view(id, version, { labels })

/** A target that was assigned `v2` at 900, observed in `phase` with it since then. */
export const assignedV2 = (id: string, phase?: 'applying' | 'ready' | 'failed', more: Partial<TargetView> = {}): TargetView => {
  const assigned = assignVersion(at(id), 'v2', 900)
  return { ...(phase === undefined ? assigned : observePhase(assigned, phase, 900)), ...more }
}
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
export const comeTrue = (input: RolloutInput, { actions }: RolloutPlan, now: number): RolloutInput => {
  const targets = carryOut(input.targets, actions, input.now).map((target) =>
    target.observed?.generation === target.assigned?.generation ? target : observePhase(target, 'ready', now),
  )
  return { ...input, now, targets }
}
