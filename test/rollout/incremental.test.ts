import { test } from 'vitest'
import { runs, seed } from '../random-tests.ts'
import { planMany, planRemembering } from './simulation/incremental.ts'
import { Random } from './simulation/random.ts'

test('a plan that goes on from what is remembered is the plan from nothing, whenever its lists are looked at', () => {
  planRemembering(seed, runs(500))
}, 600_000)

test('so it is in fleets of hundreds of targets, by the rules', () => {
  for (let at = seed; at < seed + runs(30); at += 1) planMany(new Random(at), 40)
}, 600_000)
