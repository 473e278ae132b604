import { planRollout, type RolloutAction, type RolloutInput, type RolloutPlan, type RolloutState, type TargetView } from 'fleetkit/rollout'
import { floorAtLeastOne, isOutcome, isReady, isUnavailable, stagesOf } from './oracle.ts'
import type { Planner } from './properties.ts'

/** A planner with a bug of the field in it, and the properties of which one must notice. */
export interface Mutant {
  readonly bug: string
  readonly planner: Planner
  readonly killedBy: readonly string[]
}

const viewsAs =
  (change: (view: TargetView, input: RolloutInput, prev: RolloutState | null) => TargetView): Planner =>
  (input, prev) =>
    planRollout({ ...input, targets: input.targets.map((view) => change(view, input, prev)) }, prev)

const planAs =
  (change: (plan: RolloutPlan, input: RolloutInput, prev: RolloutState | null) => RolloutPlan): Planner =>
  (input, prev) =>
    change(planRollout(input, prev), input, prev)

const ready = (view: TargetView): TargetView => {
  const { assigned } = view
  if (assigned === null) return view
  return { ...view, observed: { version: assigned.version, generation: assigned.generation, phase: 'ready', since: 0 } }
}

/** Starts what the plan holds for one of the reasons. */
function startHeld(plan: RolloutPlan, reasons: readonly string[], input: RolloutInput, which: (view: TargetView) => boolean): RolloutPlan {
  const version = plan.state?.rid.version ?? null
  const views = new Map(input.targets.map((view) => [view.id, view]))
  const freed = plan.held.filter(({ target, reason }) => reasons.includes(reason) && which(views.get(target) as TargetView))
  if (version === null || freed.length === 0) return plan
  const actions = freed.map(({ target, stage }): RolloutAction => ({ target, stage: stage ?? '', set: version, why: 'stage' }))
  return { ...plan, actions: [...plan.actions, ...actions], held: plan.held.filter((held) => !freed.includes(held)) }
}

let members = ''

export const mutants: Readonly<Record<string, Mutant>> = {
  B1: {
    bug: 'readiness of the version before counts as that of the new one',
    planner: viewsAs((view) => (view.assigned === null || view.observed?.phase !== 'ready' ? view : ready(view))),
    killedBy: ['P8'],
  },
  B2: {
    bug: 'the budget is counted by version: what is updating to another one is forgotten',
    planner: viewsAs((view, { module }) => (view.assigned?.version !== module.version && !isOutcome(view) ? ready(view) : view)),
    killedBy: ['P5', 'P4'],
  },
  B3: {
    bug: 'unreachable targets are started',
    planner: viewsAs((view) => ({ ...view, reach: { ...view.reach, ok: true } })),
    killedBy: ['P13'],
  },
  B4: {
    bug: 'a new or deselected target aborts the rollout',
    planner: (input, prev) => {
      const ids = input.targets
        .map(({ id }) => id)
        .sort()
        .join()
      const changed = prev !== null && members !== ids
      members = ids
      return planRollout(changed ? { ...input, aborted: true } : input, prev)
    },
    killedBy: ['P15'],
  },
  B5: {
    bug: 'a target that no stage takes is left out without a reason',
    planner: (input, prev) => {
      const rest = stagesOf(input, prev).find(({ stage: { name } }) => name === 'rest')?.members ?? []
      return planRollout({ ...input, targets: input.targets.filter((view) => !rest.includes(view)) }, prev)
    },
    killedBy: ['P9'],
  },
  B6: {
    bug: 'a failed target still uses up the budget',
    planner: (input, prev) => {
      const failed = prev?.failed ?? []
      const stages = input.strategy.stages.map((stage) => {
        if (typeof stage.maxConcurrency !== 'number') return stage
        return {
          ...stage,
          maxConcurrency: Math.max(0, stage.maxConcurrency - failed.filter((failure) => failure.stage === stage.name).length),
        }
      })
      return planRollout({ ...input, strategy: { ...input.strategy, stages } }, prev)
    },
    killedBy: ['P11'],
  },
  B7: {
    bug: 'a tolerated failure stands for a target that is updating, and the next stage begins early',
    planner: viewsAs((view, { module }, prev) => {
      const wanted = view.assigned !== null && view.assigned.version === module.version
      return wanted && (prev?.failed.length ?? 0) > 0 && prev?.halted === null && !isReady(view) && view.observed?.phase !== 'failed'
        ? ready(view)
        : view
    }),
    killedBy: ['P8'],
  },
  B8: {
    bug: 'after the halt, targets are still started',
    planner: planAs((plan, input) => startHeld(plan, ['halted'], input, () => true)),
    killedBy: ['P14'],
  },
  B9: {
    bug: 'a tolerance above the number of targets is none at all',
    planner: (input, prev) => {
      const sizes = new Map(stagesOf(input, prev).map(({ stage, members: all }) => [stage.name, all.length]))
      const stages = input.strategy.stages.map((stage) => {
        const over = typeof stage.maxFailures === 'number' && stage.maxFailures > (sizes.get(stage.name) ?? 0)
        return over ? { ...stage, maxFailures: 0 } : stage
      })
      return planRollout({ ...input, strategy: { ...input.strategy, stages } }, prev)
    },
    killedBy: ['P6'],
  },
  B10: {
    bug: 'there is no wake-up at the end of a soak',
    planner: planAs((plan) => ({ ...plan, nextWakeAt: null })),
    killedBy: ['P10'],
  },
  B12: {
    bug: 'a rollback takes all soaks and approvals',
    planner: (input, prev) => planRollout({ ...input, strategy: { ...input.strategy, fastRollback: false } }, prev),
    killedBy: ['R10'],
  },
  B13: {
    bug: 'dependencies are ignored on removal',
    planner: ({ dependencies: _, ...input }, prev) => planRollout(input, prev),
    killedBy: ['P13'],
  },
  B15: {
    bug: 'targets that have nothing yet get it regardless of budgets',
    planner: planAs((plan, input) => startHeld(plan, ['concurrency', 'unavailable'], input, ({ assigned }) => assigned === null)),
    killedBy: ['P5', 'P4'],
  },
  B16: {
    bug: 'a failure is forgotten once the target is ready again',
    planner: (input, prev) => {
      const back = new Set(input.targets.filter(isReady).map(({ id }) => id))
      return planRollout(input, prev === null ? null : { ...prev, failed: prev.failed.filter(({ target }) => !back.has(target)) })
    },
    killedBy: ['P7'],
  },
  B17: {
    bug: 'unavailability is counted over all stages, so that broken targets of later ones block the fix',
    planner: planAs((plan, input, prev) => {
      const down = input.targets.filter((view) => view.selected !== false && isUnavailable(view)).length
      const limit = new Map(
        stagesOf(input, prev).map(({ stage, members: all }) => [stage.name, floorAtLeastOne(stage.maxUnavailable, all.length)]),
      )
      const views = new Map(input.targets.map((view) => [view.id, view]))
      const blocked = plan.actions.filter(
        (action) => 'set' in action && down >= (limit.get(action.stage) ?? 0) && !isUnavailable(views.get(action.target) as TargetView),
      )
      if (blocked.length === 0) return plan
      const held = blocked.map(({ target, stage }) => ({
        target,
        stage,
        reason: 'unavailable' as const,
        message: 'no more may be unavailable',
        by: [],
      }))
      const actions = plan.actions.filter((action) => !blocked.includes(action))
      const stalled = actions.length + plan.updating.length === 0
      const over = { phase: 'Stalled', cause: { code: 'unavailable', message: 'no more may be unavailable' } } as const
      return { ...plan, actions, held: [...held, ...plan.held], ...(stalled ? over : {}) }
    }),
    killedBy: ['P11'],
  },
}
