import fc from 'fast-check'
import { type FleetPlan, planFleet } from 'fleetkit/fleet'
import { expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { FleetWorld, happenings } from './fleet-world.ts'
import { planSimply } from './simple-fleet.ts'

const worlds = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), happenings)

test('a plan that goes on from the one before is the plan from nothing, and leaves nothing to do', () => {
  fc.assert(
    fc.property(worlds, ([clusters, modules, list]) => {
      const world = new FleetWorld(clusters, modules)
      let plan: FleetPlan = planFleet(world.input)
      world.store(plan.decisions)
      for (const happening of list) {
        plan = plan.with(world.happen(happening))
        world.store(plan.decisions)
        const again = planFleet(world.input)
        expect([happening, again.decisions.assignments]).toEqual([happening, []])
        expect([happening, again.toJSON()]).toEqual([happening, plan.toJSON()])
      }
    }),
    { numRuns: runs(150) },
  )
}, 300_000)

test('a plan is what the planners of rollouts and of dependencies come to, one after the other', () => {
  const seen = { worlds: 0, assigned: 0, removed: 0 }
  fc.assert(
    fc.property(worlds, ([clusters, modules, list]) => {
      seen.worlds++
      const world = new FleetWorld(clusters, modules)
      for (const happening of list) {
        world.happen(happening)
        const { input } = world
        const plan = planFleet(input)
        const simple = planSimply(input)
        const { assemblages, rollouts } = plan.toJSON()
        const known = new Set(input.modules.map(({ id }) => id))
        expect(
          Object.fromEntries(assemblages.map((each) => [each.cluster, each.modules.filter(({ module }) => known.has(module))])),
        ).toEqual(simple.assemblages)
        expect(Object.fromEntries(rollouts.map(({ module, state }) => [module, state]))).toEqual(simple.states)
        world.store(plan.decisions)
        for (const { revision } of plan.decisions.assignments) seen[revision === null ? 'removed' : 'assigned'] += 1
      }
    }),
    { numRuns: runs(60) },
  )
  // Worlds in which nothing happens would prove nothing.
  expect(seen.assigned).toBeGreaterThan(seen.worlds)
  expect(seen.removed).toBeGreaterThan(seen.worlds / 10)
}, 300_000)
