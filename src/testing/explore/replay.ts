import { formatDuration } from '../../model/duration.ts'
import type { RolloutPlan } from '../../rollout/planner/plan.ts'
import { type ExploreEvent, formatEvent, inTrack } from './event.ts'
import type { ExploreOptions } from './options.ts'
import { isFinal, type Moment, Policy, type Violation } from './policy.ts'
import type { World } from './world.ts'

/** One step of a trace, played. */
export interface ReplayStep {
  /** What happened. Absent at the beginning. */
  readonly event?: ExploreEvent | undefined
  /** Milliseconds from the beginning. */
  readonly at: number
  /** What the planner answered. */
  readonly plan: RolloutPlan
  /** What was violated by that. */
  readonly violation?: Violation | undefined
}

/** A trace, played with real times and nothing merged. */
export interface Replay {
  readonly steps: readonly ReplayStep[]
  /** The first violation, or that it never comes to an end from the last step on. */
  readonly violation?: Violation | undefined
  /** A line for each step, for people. */
  readonly text: string
}

/** What is said of a rollout that never ends. */
export const endless: Violation = {
  invariant: 'ends',
  message: 'nothing goes wrong any more, and the rollout never comes to an end',
}

/**
 * Plays what happened again, as {@link explore} found it: to see why, and as a test that it does not happen any more.
 *
 * @example
 * ```ts
 * import { view } from 'fleetkit/rollout'
 * import { type ExploreOptions, replayTrace } from 'fleetkit/testing'
 *
 * const policy: ExploreOptions = {
 *   strategy: { stages: [{ name: 'fleet', maxConcurrency: 1 }] },
 *   targets: [view('a', 'v1'), view('b', 'v1')],
 *   versions: ['v2'],
 * }
 * const { steps, violation, text } = replayTrace(policy, [{ event: 'succeed', target: 'a' }, { event: 'fail', target: 'b' }])
 * // steps.at(-1)?.plan.phase is 'Halted', violation is undefined
 * console.log(text)
 * ```
 */
export function replayTrace(options: ExploreOptions, steps: readonly ExploreEvent[]): Replay {
  return play(new Policy(options), steps)
}

/** Plays events, and then whatever comes if nothing goes wrong any more, to see that it ends. */
export function play(policy: Policy, events: readonly ExploreEvent[]): Replay {
  const steps: ReplayStep[] = []
  const start = policy.start.now
  const take = (world: World, event?: ExploreEvent): Moment => {
    const moment = policy.look(world)
    steps.push({ event, at: world.now - start, plan: moment.plan, violation: moment.violation })
    return moment
  }
  let moment = take(policy.start)
  for (const event of events) moment = take(policy.next(moment.world, event), event)
  const violation = steps.find((step) => step.violation !== undefined)?.violation
  if (violation !== undefined || !policy.checksEnd || reachesEnd(policy, moment)) return { steps, violation, text: formatSteps(steps) }
  return { steps, violation: endless, text: formatSteps(steps) }
}

/** How many events it may take to come to an end. */
const patience = 1000

/** Whether a rollout ends if nothing goes wrong any more. */
export function reachesEnd(policy: Policy, from: Moment): boolean {
  let moment = from
  for (let step = 0; step < patience; step += 1) {
    if (isFinal(moment.plan)) return true
    const event = policy.calm(moment.world, policy.events(moment.world))
    if (event === undefined) return false
    moment = policy.look(policy.next(moment.world, event))
  }
  return false
}

function formatSteps(steps: readonly ReplayStep[]): string {
  return steps
    .map(({ event, at, plan }, number) => {
      const what = event === undefined ? 'it begins' : formatEvent(event)
      return `${String(number).padStart(3)}  ${`+${formatDuration(at)}`.padEnd(9)}  ${what.padEnd(32)}  ${answerOf(plan, steps[number - 1]?.plan)}`.trimEnd()
    })
    .join('\n')
}

/** What the planner did, in a few words. */
function answerOf({ actions, events, phase, cause }: RolloutPlan, before: RolloutPlan | undefined): string {
  const begun = events.flatMap((event) => (event.type === 'opened' ? [`${event.stage}${inTrack(event)} begins`] : []))
  const given = actions.map((action) =>
    'set' in action
      ? `${action.target} gets ${action.set}${action.why === 'stage' ? '' : ` (${action.why})`}`
      : `${action.target} is removed`,
  )
  const changed = phase === before?.phase ? [] : [cause === undefined ? phase : `${phase}: ${cause.message}`]
  return [...begun, ...given, ...changed].join('; ')
}
