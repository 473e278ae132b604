import type { RolloutEvent, RolloutPhase, RolloutPlan, RolloutState } from 'fleetkit/rollout'
import { checkBeginning } from './beginnings.ts'
import { floorAtLeastOne, isUnavailable, stagesOf } from './oracle.ts'
import { type Blame, checkIdempotence, checkLog, checkPlan, checkRelations, type Planner } from './properties.ts'
import { Random } from './random.ts'
import { checkTracks, type Part, partsOf } from './tracks.ts'
import { World } from './world.ts'

const ends: readonly RolloutPhase[] = ['Complete', 'CompleteWithFailures', 'Halted', 'Reverted', 'Stalled']

/** What one simulated rollout came to. */
export interface Simulated {
  readonly phase: RolloutPhase
  readonly plans: number
}

/** One rollout from its beginning to its end in a made-up fleet, each step judged. The same seed is the same rollout. */
export function simulate(seed: number, planner: Planner, blame: Blame): Simulated {
  const random = new Random(seed)
  const world = new World(random)
  const log: RolloutEvent[] = []
  const sets = new Map<string, number>()
  let state: RolloutState | null = null
  let plans = 0
  let attempt = 0

  const step = (): RolloutPlan => {
    const input = world.input()
    const plan = planner(input, state)
    plans += 1
    const parts = partsOf(input, state, plan)
    for (const part of parts) checkPlan(part.input, part.prev, part.plan, blame)
    checkTracks(planner, input, state, plan, blame)
    checkIdempotence(planner, input, plan, blame)
    for (const part of parts) checkBeginning(planner, part.input, part.prev, part.plan, blame)
    if (random.chance(0.2)) checkRelations(planner, input, state, plan, random, blame)
    const [part] = parts
    if (parts.length > 1 && part !== undefined && random.chance(0.1))
      checkRelations(planner, part.input, part.prev, planner(part.input, part.prev), random, blame)
    log.push(...plan.events)
    attempt += plan.events.filter(({ type }) => type === 'started').length
    for (const action of plan.actions) {
      if (!('set' in action)) continue
      // One whose labels change is another's in another track.
      const key = `${attempt} ${action.track} ${action.target} ${action.set} ${action.why}`
      const times = (sets.get(key) ?? 0) + 1
      sets.set(key, times)
      // A target that went and came back within an attempt gets the version once more.
      const tries = Math.max(1, ...world.strategy.stages.map(({ retry }) => 1 + (retry?.limit ?? 0)))
      if (times > (action.why === 'retry' ? tries : 1) && !log.some((event) => event.type === 'removed' && event.target === action.target))
        blame('P17', `${action.target} is set to ${action.set} ${times} times`)
    }
    world.carryOut(plan.actions)
    state = plan.state
    return plan
  }

  const consent = (of: RolloutState): void => {
    for (const { rid } of Object.values(of.tracks ?? { of })) world.consent(rid)
  }

  for (let at = 0, steps = 3 + random.below(14); at < steps; at += 1) {
    const plan = step()
    if (random.chance(0.45)) world.disturb()
    if (random.chance(0.02)) state = forget(log)
    const next = Math.min(plan.nextWakeAt ?? Number.POSITIVE_INFINITY, world.next)
    const jump = Number.isFinite(next) && random.chance(0.8) ? next : world.now + random.below(8)
    world.passTo(jump)
  }
  world.calm()
  let plan = step()
  if (plan.state !== null) consent(plan.state)
  plan = step()
  for (let at = 0; at < 300; at += 1) {
    const isAsked = partsOf(world.input(), state, plan).some(
      (part) => part.plan.state?.halted === null && part.plan.gates.some(({ kind }) => kind === 'check'),
    )
    const next = Math.min(plan.nextWakeAt ?? Number.POSITIVE_INFINITY, world.next, isAsked ? world.now + 1 : Number.POSITIVE_INFINITY)
    if (!Number.isFinite(next)) break
    world.passTo(next)
    if (plan.state !== null) consent(plan.state)
    plan = step()
  }
  if (!ends.includes(plan.phase)) blame('P11', `ends ${plan.phase}: ${JSON.stringify([plan.gates, plan.updating, plan.held])}`)
  for (const part of partsOf(world.input(), state, plan)) if (part.plan.phase === 'Stalled') checkStall(part, blame)
  checkLog(log, state, blame)
  return { phase: plan.phase, plans }
}

/** A state that was lost: its log is, too. */
function forget(log: RolloutEvent[]): null {
  log.length = 0
  return null
}

/** A stall has to be of a kind that only people can undo. */
function checkStall({ input, plan: { state, cause, held, gates } }: Part, blame: Blame): void {
  const zero = input.strategy.stages.some(({ maxConcurrency }) => maxConcurrency === 0)
  const first = held.find(({ reason }) => reason === cause?.code)
  const stage = stagesOf(input, state).find(({ stage: { name } }) => name === first?.stage)
  const groups = Map.groupBy(stage?.members ?? [], ({ labels }) => (stage?.stage.within === undefined ? '' : labels?.[stage.stage.within]))
  const full = groups.values().some((group) => {
    const down = group.filter(isUnavailable)
    // By weight what is down may leave room for none of the others.
    if (stage?.stage.weighted === true) return down.length > 0
    return down.length >= floorAtLeastOne(stage?.stage.maxUnavailable, group.length)
  })
  if (
    cause?.code === 'no-success-in-stage' ||
    cause?.code === 'require-success' ||
    (cause?.code === 'concurrency' && zero) ||
    (cause?.code === 'unavailable' && full)
  )
    return
  blame('P11', `stalls by ${cause?.code}: ${cause?.message} ${JSON.stringify([gates, held])}`)
}
