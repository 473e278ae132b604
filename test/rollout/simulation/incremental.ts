import { planRollout, type RolloutInput, type RolloutPlan, type RolloutState } from 'fleetkit/rollout'
import { expect } from 'vitest'
import { type Blame, checkPlan, type Planner } from './properties.ts'
import type { Random } from './random.ts'
import { simulateMany } from './run.ts'
import { partsOf } from './tracks.ts'
import { World } from './world.ts'

const text = (plan: RolloutPlan): string => JSON.stringify(plan)

/** Simulates rollouts from a seed on, each plan compared with the one from nothing, whenever its lists are looked at. */
export function planRemembering(from: number, count: number): void {
  /** The last plan, whose lists have not been read, and the one from nothing. */
  let last: readonly [RolloutPlan, string] | undefined
  let states: RolloutState[] = []
  let again = 0
  const planner: Planner = (input, state) => {
    const plan = planRollout(input, state)
    // Nothing is remembered of copies.
    const fresh = text(planRollout(structuredClone(input), structuredClone(state)))
    if (last !== undefined) expect(text(last[0])).toBe(last[1])
    last = [plan, fresh]
    if (state !== null && states.includes(state)) again += 1
    states = [...states.slice(-3), ...(plan.state === null ? [] : [plan.state])]
    // Some are looked at at once, the others after the next one is planned.
    if (again % 2 === 0) expect(text(plan)).toBe(fresh)
    return again % 2 === 0 ? plan : planRollout(input, state)
  }
  const { plans } = simulateMany(planner, from, count, () => false)
  expect(again).toBeGreaterThan(plans)
}

/** What was planned, and the plan from nothing. */
interface Planned {
  readonly input: RolloutInput
  readonly prev: RolloutState | null
  readonly fresh: string
}

/** Where two texts, which are long, are not the same. */
function difference(a: string, b: string): readonly string[] {
  if (a === b) return []
  let at = 0
  while (a[at] === b[at]) at += 1
  return [a, b].map((one) => one.slice(Math.max(0, at - 100), at + 100))
}

const blame: Blame = (property, detail) => expect.unreachable(`${property}: ${detail}`)

/** Plans `steps` times a rollout over hundreds of targets, which are remembered in many parts, each plan judged and compared with the one from nothing. */
export function planMany(random: Random, steps: number): void {
  const world = new World(random)
  for (let size = 300 + random.below(600); size > 0; size -= 1) world.join(random.chance(0.05) ? null : 'v1')
  const planned: Planned[] = []
  let state: RolloutState | null = null
  for (let step = 0; step < steps; step += 1) {
    const input = world.input()
    const fresh = text(planRollout(structuredClone(input), structuredClone(state)))
    planned.push({ input, prev: state, fresh })
    const plan = planRollout(input, state)
    // Those from before, in any order, also where the rollout has gone on from there, and where the list is another one.
    const again = random.pick(planned.slice(-3))
    const targets = random.chance(0.3) ? [...again.input.targets] : again.input.targets
    expect(difference(text(planRollout({ ...again.input, targets }, again.prev)), again.fresh)).toEqual([])
    expect(difference(text(plan), fresh)).toEqual([])
    for (const part of partsOf(input, state, plan)) checkPlan(part.input, part.prev, part.plan, blame)
    world.carryOut(plan.actions)
    state = random.chance(0.05) ? structuredClone(plan.state) : plan.state
    for (let times = random.below(4); times > 0; times -= 1) if (random.chance(0.7)) world.disturb()
    if (random.chance(0.3)) {
      const view = random.pick([...world.views.values()])
      world.views.set(view.id, { ...view, ...(random.chance(0.5) ? { weight: random.pick([0, 3]) } : { sortKey: random.below(5) }) })
    }
    if (random.chance(0.2)) {
      const label = random.pick(['tier', 'zone', 'tenant'])
      const selector = { matchLabels: { [label]: random.pick(['a', 'b', '1', 'x']) } }
      world.targetWindows = random.chance(0.3) ? undefined : [{ selector, intervals: [{ from: world.now + 5, to: world.now + 15 }] }]
    }
    if (plan.state !== null && random.chance(0.3)) world.consent(plan.state.rid)
    world.passTo(random.chance(0.5) ? Math.min(world.next, world.now + 20) : world.now + random.below(8))
  }
}
