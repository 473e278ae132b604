import type { RolloutPlan } from '../../rollout/planner/plan.ts'
import { splitTracks, trackOf } from '../../rollout/planner/tracks.ts'
import type { PlannedWorld } from './planned-world.ts'

/** One call of the planner as calls for each track, of which every rule holds by itself; the call where there are no tracks. */
export function trackParts(world: PlannedWorld): readonly PlannedWorld[] {
  const { input, before, plan, after, versions } = world
  const { tracks: label } = input.strategy
  if (label === undefined) return [world]
  return splitTracks(input, before).map(({ track, input: own, prev }) => {
    const ids = new Set(own.targets.map(({ id }) => id))
    const views = after.filter((view) => trackOf(view, label) === track)
    return { input: own, before: prev, plan: planOf(plan, track, ids), after: views, versions }
  })
}

function planOf(plan: RolloutPlan, track: string | undefined, ids: ReadonlySet<string>): RolloutPlan {
  const own = <Item extends { readonly track?: string | undefined }>(items: readonly Item[]): readonly Item[] =>
    items.filter((item) => item.track === track)
  const { phase, cause, gate } = plan.tracks?.find((one) => one.track === track) ?? plan
  return {
    ...plan,
    state: (track === undefined ? undefined : plan.state?.tracks?.[track]) ?? null,
    actions: own(plan.actions),
    done: plan.done.filter((id) => ids.has(id)),
    updating: own(plan.updating),
    held: own(plan.held),
    gates: own(plan.gates),
    events: own(plan.events),
    phase,
    cause,
    gate,
  }
}
