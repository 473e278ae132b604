import { planRollout } from 'fleetkit/rollout'
import { expect, test } from 'vitest'
import { simulateMany } from '../rollout/simulation/run.ts'

/** In one test, and short: which test reaches which line is what mutation testing goes by. */
test('no property is violated in a few simulated rollouts', () => {
  const { violations } = simulateMany(planRollout, 1, 200, () => true)
  expect([...violations]).toEqual([])
})
