/**
 * Claims: `explore` proves the five policies of the README and the cookbook in at most 5 s together, and looks at 50,000 states a second or
 * more. There is no peer that proves a rollout policy: the ratio is to the calls of the planner alone, without telling apart, judging
 * and remembering what comes of them.
 */
import { planRollout } from 'fleetkit/rollout'
import { explore } from 'fleetkit/testing'
import { documentedPolicies } from '../test/testing/documented-policies.ts'
import { measure } from './measure.ts'

export async function run(): Promise<void> {
  const policies = await documentedPolicies()
  const calls: Parameters<typeof planRollout>[] = []
  const explorations = policies.map(({ options }) => {
    const plan: typeof planRollout = (input, prev) => {
      calls.push([input, prev])
      return planRollout(input, prev)
    }
    return explore({ ...options, plan })
  })
  const states = explorations.reduce((sum, exploration) => sum + exploration.states, 0)
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
        run: async () => {
          for (const [input, prev] of calls) planRollout(input, prev)
        },
      },
    ],
  })
}
