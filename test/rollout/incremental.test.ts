import { planRollout, type RolloutPlan, type RolloutState } from 'fleetkit/rollout'
import { expect, test } from 'vitest'
import { runs, seed } from '../random-tests.ts'
import type { Planner } from './simulation/properties.ts'
import { simulateMany } from './simulation/run.ts'

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
