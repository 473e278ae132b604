import { seededRandom } from '../seeded-random.ts'
import type { ExploreEvent } from './event.ts'
import type { Policy, Violation } from './policy.ts'
import { endless, play, reachesEnd } from './replay.ts'
import type { Found } from './search.ts'

/** How many events a walk has at most. */
const length = 200

/** Random walks, each from the beginning: the first violation on one of them, made as short as leaving events out makes it. */
export function sample(policy: Policy, walks: number, seed: number): Found | undefined {
  const random = seededRandom(seed)
  for (let walk = 0; walk < walks; walk += 1) {
    const found = takeWalk(policy, random)
    if (found !== undefined) return { ...found, steps: shortened(policy, found) }
  }
  return undefined
}

function takeWalk(policy: Policy, random: () => number): Found | undefined {
  const steps: ExploreEvent[] = []
  let moment = policy.look(policy.start)
  while (moment.violation === undefined && steps.length < length) {
    const events = policy.events(moment.world)
    const event = events[Math.floor(random() * events.length)]
    if (event === undefined) break
    steps.push(event)
    moment = policy.look(policy.next(moment.world, event))
  }
  const violation = moment.violation ?? (policy.checksEnd && !reachesEnd(policy, moment) ? endless : undefined)
  return violation && { violation, steps }
}

/** Leaves out events, from the last to the first, as long as the same is violated. */
function shortened(policy: Policy, { violation, steps }: Found): readonly ExploreEvent[] {
  let shortest = steps
  for (let length = -1; length !== shortest.length; ) {
    length = shortest.length
    for (let at = length - 1; at >= 0; at -= 1) {
      const fewer = shortest.toSpliced(at, 1)
      if (isSame(play(policy, fewer).violation, violation)) shortest = fewer
    }
  }
  return shortest
}

function isSame(a: Violation | undefined, b: Violation): boolean {
  return a?.invariant === b.invariant
}
