import { isOutcome, isReady } from '../../rollout/planner/outcome.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import type { ExploreEvent, ExploreEventName, TargetEventName } from './event.ts'
import type { Setting, World } from './world.ts'

/** Everything of the kinds in `names` that can happen in a world next. */
export function eventsIn(world: World, names: ReadonlySet<ExploreEventName>, { versions, leaves }: Setting): ExploreEvent[] {
  const events: ExploreEvent[] = []
  for (const view of world.targets) addEventsOf(view, names, leaves, events)
  if (names.has('join')) for (const { id } of world.absent) events.push({ event: 'join', target: id })
  const next = versions[world.version + 1]
  if (next !== undefined && names.has('version')) events.push({ event: 'version', version: next })
  if (names.has('approve')) for (const stage of world.asks) events.push({ event: 'approve', stage })
  if (world.wake !== null && names.has('time')) events.push({ event: 'time' })
  const switched = world.paused ? 'resume' : 'pause'
  if (names.has(switched)) events.push({ event: switched })
  return events
}

function addEventsOf(view: TargetView, names: ReadonlySet<ExploreEventName>, leaves: ReadonlySet<string>, events: ExploreEvent[]): void {
  const { id: target, assigned, observed, reach, selected } = view
  const add = (event: TargetEventName): void => {
    if (names.has(event)) events.push({ event, target })
  }
  add(reach.ok ? 'unreachable' : 'return')
  if (selected !== false && leaves.has(target)) add('leave')
  if (assigned === null || !reach.ok) return
  if (!isOutcome(view)) {
    add('succeed')
    if (assigned.version !== null) add('fail')
  } else if (observed?.phase === 'failed' || observed?.phase === 'applying') add('recover')
  else if (isReady(view)) add('degrade')
}
