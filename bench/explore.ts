/**
 * Claims: `explore` proves the five policies of the README and the cookbook in at most 5 s together, and looks at 50,000 states a second or
 * more. There is no peer that proves a rollout policy: the ratio is to the calls of the planner alone, without telling apart, judging
 * and remembering what comes of them.
 */
import { planRollout } from 'fleetkit/rollout'
import { type ExploreOptions, explore } from 'fleetkit/testing'
import { documentedPolicies } from '../test/testing/documented-policies.ts'
import { measure } from './measure.ts'

type Call = Parameters<typeof planRollout>

export async function run(): Promise<void> {
  const policies = await documentedPolicies()
  const states = policies.reduce((sum, { options }) => sum + explore(options).states, 0)
  let calls: Call[] = []
  await measure({
    title: `Explore ${states.toLocaleString('en')} states of ${policies.length} policies: at 50,000 a second ${(states / 50_000).toFixed(2)} s`,
    rounds: 7,
    warmUp: 2,
    contenders: [
      {
        name: 'explore',
        run: async () => {
          for (const { options } of policies) explore(options)
        },
      },
      {
        name: 'its calls of planRollout alone',
        prepare: async () => {
          calls = policies.flatMap(({ options }) => callsOf(options))
        },
        run: async () => {
          for (const [input, prev] of calls) planRollout(input, prev)
          // Kept, they would be a burden to the other one.
          calls = []
        },
      },
    ],
  })
}

function callsOf(options: ExploreOptions): readonly Call[] {
  const calls: Call[] = []
  const plan: typeof planRollout = (input, prev) => {
    calls.push([input, prev])
    return planRollout(input, prev)
  }
  explore({ ...options, plan })
  return calls
}
