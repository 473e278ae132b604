import type { RolloutEvent, RolloutPhase, RolloutPlan, RolloutState } from 'fleetkit/rollout'
import { checkBeginning } from './beginnings.ts'
import { floorAtLeastOne, isUnavailable, stagesOf } from './oracle.ts'
import { type Blame, checkIdempotence, checkLog, checkPlan, checkRelations, type Planner } from './properties.ts'
import { Random } from './random.ts'
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
    checkPlan(input, state, plan, blame)
    checkIdempotence(planner, input, plan, blame)
    checkBeginning(planner, input, state, plan, blame)
    if (random.chance(0.2)) checkRelations(planner, input, state, plan, random, blame)
    log.push(...plan.events)
    attempt += plan.events.filter(({ type }) => type === 'started').length
    for (const action of plan.actions) {
      if (!('set' in action)) continue
      const key = `${attempt} ${action.target} ${action.set} ${action.why}`
      const times = (sets.get(key) ?? 0) + 1
      sets.set(key, times)
      // A target that went and came back within an attempt gets the version once more.
      if (times > 1 && !log.some((event) => event.type === 'removed' && event.target === action.target))
        blame('P17', `${action.target} is set to ${action.set} ${times} times`)
    }
    world.carryOut(plan.actions)
    state = plan.state
    return plan
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
  if (plan.state !== null) world.approveAll(plan.state.rid)
  plan = step()
  for (let at = 0; at < 300; at += 1) {
    const next = Math.min(plan.nextWakeAt ?? Number.POSITIVE_INFINITY, world.next)
    if (!Number.isFinite(next)) break
    world.passTo(next)
    if (plan.state !== null) world.approveAll(plan.state.rid)
    plan = step()
  }
  if (!ends.includes(plan.phase)) blame('P11', `ends ${plan.phase}: ${JSON.stringify([plan.gates, plan.updating, plan.held])}`)
  if (plan.phase === 'Stalled') checkStall(plan, world, blame)
  checkLog(log, state, blame)
  return { phase: plan.phase, plans }
}

/** A state that was lost: its log is, too. */
function forget(log: RolloutEvent[]): null {
  log.length = 0
  return null
}

/** A stall has to be of a kind that only people can undo. */
function checkStall({ state, cause, held, gates }: RolloutPlan, world: World, blame: Blame): void {
  const zero = world.strategy.stages.some(({ maxConcurrency }) => maxConcurrency === 0)
  const first = held.find(({ reason }) => reason === cause?.code)
  const stage = stagesOf(world.input(), state).find(({ stage: { name } }) => name === first?.stage)
  const groups = Map.groupBy(stage?.members ?? [], ({ labels }) => (stage?.stage.within === undefined ? '' : labels?.[stage.stage.within]))
  const full = groups.values().some((group) => {
    const down = group.filter(isUnavailable)
    // By weight what is down may leave room for none of the others.
    if (stage?.stage.weighted === true) return down.length > 0
    return down.length >= floorAtLeastOne(stage?.stage.maxUnavailable, group.length)
  })
  if (cause?.code === 'no-success-in-stage' || (cause?.code === 'concurrency' && zero) || (cause?.code === 'unavailable' && full)) return
  blame('P11', `stalls by ${cause?.code}: ${cause?.message} ${JSON.stringify([gates, held])}`)
}
