import { test } from 'vitest'
import { planMany, planRemembering } from '../rollout/simulation/incremental.ts'
import { Random } from '../rollout/simulation/random.ts'

test('what is remembered changes no plan of a few simulated rollouts', () => {
  planRemembering(1, 20)
  planMany(new Random(1), 15)
})
