import type { ExploreEvent } from './event.ts'
import type { Counterexample, Exploration, ExploreOptions } from './options.ts'
import { Policy } from './policy.ts'
import { endless, play } from './replay.ts'
import { sample } from './sample.ts'
import { type Found, Search } from './search.ts'

/**
 * Proves a rollout policy: goes through every order in which targets succeed, fail, become unreachable and come back, join and leave, newer
 * versions come, people approve, checks pass and fail, and time passes, and asks the planner each time. It looks whether the rules of every
 * rollout and your invariants hold, and whether the rollout comes to an end if nothing goes wrong any more. Of what does not hold it gives a
 * shortest way to get there.
 *
 * Moments that differ by nothing that can still matter are one state, so that small fleets are looked at completely; `complete` says so.
 * Beyond `bound` states the rest is sampled by random walks. A planner of your own must not depend on absolute times either.
 *
 * @throws FleetkitError `model/invalid` when the planner refuses the strategy or the targets.
 *
 * @example
 * ```ts
 * import { Canary, Rolling, view } from 'fleetkit/rollout'
 * import { explore } from 'fleetkit/testing'
 *
 * const { complete, counterexample, summary } = explore({
 *   strategy: new Canary({ limit: 1, soak: '1h', next: new Rolling({ maxUnavailable: 1 }) }),
 *   targets: [view('eu-1', 'v1'), view('eu-2', 'v1'), view('us-1', 'v1')],
 *   versions: ['v2', 'v3'],
 *   invariants: {
 *     'at most one is down': ({ after }) =>
 *       after.filter(({ observed, assigned }) => observed?.generation !== assigned?.generation).length <= 1 || 'two are down',
 *   },
 * })
 * console.log(summary, complete, counterexample?.text)
 * ```
 */
export function explore(options: ExploreOptions): Exploration {
  const { bound = 250_000, walks = 1000, seed = 1 } = options
  const policy = new Policy(options)
  const search = new Search(policy)
  const complete = search.run(bound)
  const sampled = !complete && search.found === undefined
  const found = search.found ?? (sampled ? sample(policy, walks, seed) : undefined)
  const { states, transitions, depth } = search
  const counterexample = found && counterexampleOf(policy, found, !sampled)
  const holds = counterexample === undefined ? policy.names : []
  const extent = `${states.toLocaleString('en')} states, ${transitions.toLocaleString('en')} transitions`
  const rest = sampled ? `, then ${walks.toLocaleString('en')} random walks from seed ${seed}` : ''
  const summary =
    counterexample === undefined
      ? `${policy.names.join(', ')} ${policy.names.length === 1 ? 'holds' : 'hold'} in ${complete ? 'all ' : ''}${extent}${rest}`
      : `${counterexample.invariant} is violated after ${counterexample.steps.length} events: ${counterexample.message} (${extent}${rest})`
  return { complete, states, transitions, depth, walks: sampled ? walks : 0, seed, holds, counterexample, summary }
}

function counterexampleOf(policy: Policy, { violation, steps: found }: Found, shortest: boolean): Counterexample {
  const steps = violation === endless ? [...found, ...calmSteps(policy, found)] : found
  return { ...violation, steps, shortest, text: `${play(policy, steps).text}\n     ${violation.invariant}: ${violation.message}` }
}

/** What comes after `steps` if nothing goes wrong any more: as much as it takes to see that it leads nowhere. */
function calmSteps(policy: Policy, steps: readonly ExploreEvent[]): readonly ExploreEvent[] {
  let world = steps.reduce((before, event) => policy.look(policy.next(before, event)).world, policy.look(policy.start).world)
  const calm: ExploreEvent[] = []
  while (calm.length < 20) {
    const event = policy.calm(world, policy.events(world))
    if (event === undefined) break
    calm.push(event)
    world = policy.look(policy.next(world, event)).world
  }
  return calm
}
