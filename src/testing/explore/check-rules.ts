import type { Verdict } from '../../rollout/planner/input.ts'
import { sameRollout } from '../../rollout/state/id.ts'
import type { ResolvedStage } from '../../rollout/strategy/resolve.ts'
import { attemptOf, finishOf, isNew, type PlannedWorld, type StageMembers, stagesOf } from './planned-world.ts'

/** A check halts the rollout when it has failed, or after it was waited for as long as it may be; and only then. */
export function checks(world: PlannedWorld): string | undefined {
  const { plan, input } = world
  const halted = plan.state?.halted ?? null
  if (halted !== null) return halted.code === 'check' && isNew(world, 'halted') ? unfounded(world, halted.stage, halted.check) : undefined
  if (input.paused === true) return undefined
  for (const { kind, stage: name, check: of } of plan.gates) {
    const stage = kind === 'check' ? stagesOf(world).find((one) => one.stage.name === name) : undefined
    const check = stage?.stage.checks.find((one) => one.name === of)
    if (stage === undefined || check === undefined) continue
    if (verdictOf(world, stage.stage, check.name, attemptOf(world).startedAt) === 'fail')
      return `${of} of ${name} has failed, and the rollout goes on`
    if (dueOf(world, stage, check.name) <= input.now) return `${of} of ${name} has been waited for too long, and the rollout goes on`
  }
  return undefined
}

function unfounded(world: PlannedWorld, stage: string, check: string | undefined): string | undefined {
  const of = stagesOf(world).find((one) => one.stage.name === stage)
  if (of === undefined || check === undefined) return `${check} of ${stage} has halted the rollout, and there is no such check`
  const isFounded = verdictOf(world, of.stage, check, attemptOf(world).startedAt) === 'fail' || dueOf(world, of, check) <= world.input.now
  return isFounded ? undefined : `${check} of ${stage} has halted the rollout, and has neither failed nor been waited for too long`
}

/** Until when a check is waited for. */
function dueOf(world: PlannedWorld, of: StageMembers, check: string): number {
  const { soak, checks } = of.stage
  return finishOf(of, world) + soak + (checks.find(({ name }) => name === check)?.maxPending ?? Number.POSITIVE_INFINITY)
}

/** A check of a stage that has not passed since its members finished. */
export function unpassedIn(of: StageMembers, world: PlannedWorld): string | undefined {
  const since = Math.max(finishOf(of, world), attemptOf(world).startedAt)
  const missing = of.stage.checks.find(({ name }) => verdictOf(world, of.stage, name, since) !== 'pass')
  return missing && `${missing.name} of ${of.stage.name} has not passed since its members finished`
}

/** The latest verdict of this attempt on a check since `from`; of several at once `fail` counts, then `pending`. */
function verdictOf(
  { input, plan: { state } }: PlannedWorld,
  { name }: ResolvedStage,
  check: string,
  from: number,
): Verdict['verdict'] | undefined {
  const { verdicts = [], now } = input
  const given = verdicts.filter((one) => one.stage === name && one.check === check && one.at >= from && one.at <= now)
  const own = given.filter(({ rid }) => state !== null && sameRollout(rid, state.rid))
  const latest = own.filter(({ at }) => own.every((other) => other.at <= at)).map(({ verdict }) => verdict)
  return (['fail', 'pending', 'pass'] as const).find((verdict) => latest.includes(verdict))
}
