import { planRollout, type RolloutInput, type RolloutPlan, type RolloutState } from 'fleetkit/rollout'
import { expect, test } from 'vitest'
import { runs, seed } from '../random-tests.ts'
import { type Blame, checkPlan, type Planner } from './simulation/properties.ts'
import { Random } from './simulation/random.ts'
import { simulateMany } from './simulation/run.ts'
import { partsOf } from './simulation/tracks.ts'
import { World } from './simulation/world.ts'

const text = (plan: RolloutPlan): string => JSON.stringify(plan)

test('a plan that goes on from what is remembered is the plan from nothing, whenever its lists are looked at', () => {
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
  const { plans } = simulateMany(planner, seed, runs(500), () => false)
  expect(again).toBeGreaterThan(plans)
}, 600_000)

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

/** A rollout over hundreds of targets, which are remembered in many parts, each plan judged and compared with the one from nothing. */
function planMany(random: Random): number {
  const world = new World(random)
  for (let size = 300 + random.below(600); size > 0; size -= 1) world.join(random.chance(0.05) ? null : 'v1')
  const planned: Planned[] = []
  let state: RolloutState | null = null
  for (let step = 0; step < 40; step += 1) {
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
  return planned.length
}

test('so it is in fleets of hundreds of targets, by the rules', () => {
  let plans = 0
  for (let at = seed; at < seed + runs(30); at += 1) plans += planMany(new Random(at))
  expect(plans).toBe(runs(30) * 40)
}, 600_000)
