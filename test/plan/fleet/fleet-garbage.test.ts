import { FleetkitError } from 'fleetkit'
import { type FleetInput, type FleetPlan, planFleet } from 'fleetkit/fleet'
import { expect, test } from 'vitest'
import { runs, seed } from '../../random-tests.ts'
import { corrupt } from '../../rollout/simulation/corrupt.ts'
import { Random } from '../../rollout/simulation/random.ts'
import { FleetWorld } from './fleet-world.ts'

test('nothing that comes from JSON, or from a mistake, makes planFleet throw anything but model/invalid', () => {
  let [planned, refused] = [0, 0]
  for (let at = 0; at < runs(1500); at += 1) {
    const random = new Random(seed * 1_000_000 + at)
    const world = new FleetWorld(1 + random.below(4), 1 + random.below(4))
    world.happen({ type: 'policy', to: random.below(6) })
    const first = planFleet(world.input)
    world.store(first.decisions)
    const given = structuredClone(world.input) as FleetInput
    for (let times = 1 + random.below(3); times > 0; times -= 1) corrupt(given, random)
    const say = `${at}: ${JSON.stringify(given)}`
    const judge = (make: () => FleetPlan): void => {
      try {
        const plan = make()
        planned += 1
        plan.toJSON()
        for (const { module } of plan.decisions.assignments) expect(plan.progress(module)?.phase, say).not.toBe('Invalid')
      } catch (error) {
        if (!(error instanceof FleetkitError) || error.code !== 'model/invalid') throw new Error(say, { cause: error })
        refused += 1
      }
    }
    judge(() => planFleet(given))
    judge(() => first.with(given))
  }
  expect([planned > runs(1000), refused > runs(100)]).toEqual([true, true])
})
