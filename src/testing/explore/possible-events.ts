import { isOutcome, isReady } from '../../rollout/planner/outcome.ts'
import { sameRollout } from '../../rollout/state/id.ts'
import { resolveStrategy } from '../../rollout/strategy/resolve.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import type { ExploreEvent, ExploreEventName, TargetEventName } from './event.ts'
import { isAsked, isOf, type Setting, stateOf, type World } from './world.ts'

/** Everything of the kinds in `names` that can happen in a world next. */
export function eventsIn(world: World, names: ReadonlySet<ExploreEventName>, setting: Setting): ExploreEvent[] {
  const { versions, leaves } = setting
  const events: ExploreEvent[] = []
  for (const view of world.targets) addEventsOf(view, names, leaves, events)
  if (names.has('join')) for (const { id } of world.absent) events.push({ event: 'join', target: id })
  const next = versions[world.version + 1]
  if (next !== undefined && names.has('version')) events.push({ event: 'version', version: next })
  if (names.has('approve')) {
    for (const { kind, stage, track } of world.gates) if (kind === 'approval') events.push({ event: 'approve', stage, ...named(track) })
  }
  if (names.has('verdict')) addVerdicts(world, setting, events)
  if (world.wake !== null && names.has('time')) events.push({ event: 'time' })
  const switched = world.paused ? 'resume' : 'pause'
  if (names.has(switched)) events.push({ event: switched })
  return events
}

function named(track: string | undefined): { readonly track?: string } {
  return track === undefined ? {} : { track }
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

/**
 * Each check of a stage that is waited for passes or fails, too early as well, and passes again whenever that is asked for; one that has passed may
 * fail yet.
 */
function addVerdicts(world: World, { strategy }: Setting, events: ExploreEvent[]): void {
  const checked = resolveStrategy(strategy).stages.filter(({ checks }) => checks.length > 0)
  if (checked.length === 0) return
  for (const track of world.state?.tracks === undefined ? [undefined] : Object.keys(world.state.tracks)) {
    const attempt = stateOf(world.state, track)
    if (attempt === undefined || attempt.halted !== null || attempt.completedAt !== null || attempt.rid.version === null) continue
    for (const { name: stage, checks } of checked) {
      if (!attempt.opened.some((begun) => begun.stage === stage)) continue
      const isAwaited = world.gates.some((gate) => gate.stage === stage && gate.track === track)
      for (const { name: check } of checks) {
        const of = { stage, check, ...named(track) }
        const last = world.verdicts.find((given) => isOf(given, of) && sameRollout(given.rid, attempt.rid))
        if (last?.verdict !== 'pass' ? isAwaited : isAsked(world, of)) events.push({ event: 'verdict', ...of, verdict: 'pass' })
        if (last?.verdict !== 'fail' && (last !== undefined || isAwaited)) events.push({ event: 'verdict', ...of, verdict: 'fail' })
      }
    }
  }
}
