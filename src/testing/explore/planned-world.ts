import { assignStages } from '../../rollout/planner/assign-stages.ts'
import type { RolloutInput } from '../../rollout/planner/input.ts'
import { progressOf, type RolloutAttempt } from '../../rollout/planner/outcome.ts'
import type { RolloutAction, RolloutPlan } from '../../rollout/planner/plan.ts'
import { byTarget } from '../../rollout/state/by-target.ts'
import { sameRollout } from '../../rollout/state/id.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import type { ResolvedStage } from '../../rollout/strategy/resolve.ts'
import type { TargetView } from '../../rollout/target-view.ts'

/** One call of the planner, as an invariant sees it. */
export interface PlannedWorld {
  /** What it was asked: the time, the wanted version, the targets as they are. */
  readonly input: RolloutInput
  /** What it remembered. */
  readonly before: RolloutState | null
  /** What it answered. */
  readonly plan: RolloutPlan
  /** The targets once the plan was carried out. */
  readonly after: readonly TargetView[]
  /** The versions, in the order in which they are wanted. */
  readonly versions: readonly (string | null)[]
}

/** The members of a stage. */
export interface StageMembers {
  readonly stage: ResolvedStage
  readonly members: readonly TargetView[]
}

export type Start = Extract<RolloutAction, { readonly set: string }>

/** What gets a version. */
export function startsOf({ actions }: RolloutPlan): readonly Start[] {
  return actions.filter((action): action is Start => 'set' in action)
}

export function stagesOf({ input, plan: { state } }: PlannedWorld): readonly StageMembers[] {
  const { stages, first, views } = assignStages(input.strategy, input.targets, state?.opened ?? [])
  return stages.map((stage, at) => ({ stage, members: views.slice(first[at], first[at + 1]) }))
}

export function attemptOf({ input, plan: { state } }: PlannedWorld): RolloutAttempt {
  const { startedAt = input.now, rid, fastRollback = false } = state ?? {}
  return { now: input.now, startedAt, wanted: rid === undefined ? input.module.version : rid.version, fastRollback }
}

/** When the last member of a stage was done, or failed for good; `-Infinity` when none has finished. */
export function finishOf({ stage, members }: StageMembers, world: PlannedWorld): number {
  const attempt = attemptOf(world)
  const failed = byTarget(world.plan.state?.failed ?? [])
  let last = Number.NEGATIVE_INFINITY
  for (const view of members) {
    const { phase, at } = progressOf(view, stage, attempt)
    const isDone = view.assigned?.version === attempt.wanted && phase === 'finished'
    last = Math.max(last, failed.get(view.id)?.at ?? (isDone ? at : last))
  }
  return last
}

/** Whether something happened in this call that the planner remembers from then on. */
export function isNew({ before, plan: { state } }: PlannedWorld, what: 'completedAt' | 'halted'): boolean {
  const isSame = before !== null && state !== null && sameRollout(before.rid, state.rid)
  return state !== null && state[what] !== null && (!isSame || before[what] === null)
}
