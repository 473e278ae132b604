import { lintStrategy } from 'fleetkit/forecast'
import { planRollout, planRollouts, type RolloutInput, type RolloutState } from 'fleetkit/rollout'
import { expect, test } from 'vitest'
import { runs } from '../random-tests.ts'
import { corrupt } from './simulation/corrupt.ts'
import { Random } from './simulation/random.ts'
import { World } from './simulation/world.ts'

test('R20: nothing that comes from JSON, or from a mistake, makes a planner throw: it is absent, held or named', () => {
  const count = runs(4000)
  let [plans, invalid] = [0, 0]
  for (let seed = 1; seed <= count; seed++) {
    const random = new Random(seed)
    const world = new World(random)
    let state: RolloutState | null = null
    for (let step = 0; step < 3; step++) {
      const plan = planRollout(world.input(), state)
      world.carryOut(plan.actions)
      state = plan.state
      world.disturb()
      world.passTo(world.now + random.below(8))
    }
    const given = structuredClone({ input: world.input(), prev: state }) as { input: RolloutInput; prev: RolloutState | null }
    for (let times = 1 + random.below(3); times > 0; times--) corrupt(given, random)
    const say = `seed ${seed}: ${JSON.stringify(given)}`
    const judge = (plan: ReturnType<typeof planRollout>): void => {
      plans++
      if (plan.phase !== 'Invalid') return
      invalid++
      expect([plan.actions, plan.diagnostics.length > 0], say).toEqual([[], true])
      // Nothing is lost.
      expect(plan.state, say).toBe(given.prev ?? null)
    }
    try {
      judge(planRollout(given.input, given.prev))
      const shared = { budgets: [{ id: 'fleet', limit: 2, by: 'zone', selector: {} }], patience: 5 }
      if (random.chance(0.3)) corrupt(shared, random)
      for (const plan of planRollouts({ rollouts: [{ input: given.input, prev: given.prev }], ...shared }).plans) judge(plan)
      lintStrategy(given.input?.strategy, { targets: given.input?.targets })
    } catch (error) {
      throw new Error(say, { cause: error })
    }
  }
  // Both happen: a corrupt target is held alone, a corrupt strategy stops the rollout.
  expect(invalid).toBeGreaterThan(plans * 0.1)
  expect(invalid).toBeLessThan(plans * 0.9)
})
