import type { Approval, RolloutInput } from '../../rollout/planner/input.ts'
import type { RolloutPlan } from '../../rollout/planner/plan.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import type { CanonicalStrategy } from '../../rollout/strategy/canonical.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import { carryOut, observePhase } from '../../rollout/view.ts'
import type { ExploreEvent, TargetEventName } from './event.ts'

/** Everything that there is between two calls of the planner. */
export interface World {
  readonly now: number
  /** The index of the version that is wanted. */
  readonly version: number
  readonly targets: readonly TargetView[]
  /** Those that may still join. */
  readonly absent: readonly TargetView[]
  readonly approvals: readonly Approval[]
  readonly paused: boolean
  readonly state: RolloutState | null
  /** When the planner asked to be called again. */
  readonly wake: number | null
  /** The stages that wait for approval. */
  readonly asks: readonly string[]
}

/** What does not change while a policy is explored. */
export interface Setting {
  readonly strategy: CanonicalStrategy
  readonly versions: readonly (string | null)[]
  readonly leaves: ReadonlySet<string>
  readonly input: Pick<RolloutInput, 'windows' | 'targetWindows' | 'freezes' | 'dependencies'>
}

/** The world after an event. An event that cannot happen in it changes nothing. */
export function happen(world: World, event: ExploreEvent, { versions, strategy }: Setting): World {
  const { now, state } = world
  switch (event.event) {
    case 'join': {
      const joining = world.absent.find(({ id }) => id === event.target)
      if (joining === undefined) return world
      return { ...world, targets: [...world.targets, joining], absent: world.absent.filter((view) => view !== joining) }
    }
    case 'version': {
      // A version comes a moment later than all that was before it.
      const version = versions.indexOf(event.version, world.version + 1)
      return version === -1 ? world : { ...world, version, now: now + 1 }
    }
    case 'approve': {
      if (state === null) return world
      const needed = strategy.stages.find(({ name }) => name === event.stage)?.approvals ?? 0
      const people = Array.from({ length: needed }, (_, person) => `person-${person + 1}`)
      const given = people.map((actor): Approval => ({ rid: state.rid, stage: event.stage, actor, at: now }))
      return { ...world, approvals: [...world.approvals, ...given] }
    }
    case 'time':
      return world.wake === null ? world : { ...world, now: world.wake }
    case 'pause':
      return { ...world, paused: true }
    case 'resume':
      return { ...world, paused: false }
    case 'succeed':
    case 'fail':
    case 'recover':
    case 'degrade':
    case 'unreachable':
    case 'return':
    case 'leave': {
      const targets = world.targets.flatMap((view) => (view.id === event.target ? changed(view, event.event, now) : [view]))
      return { ...world, targets }
    }
  }
}

type Change = Exclude<TargetEventName, 'join'>

/** What becomes of a target; nothing when it is gone for good. */
function changed(view: TargetView, event: Change, now: number): readonly TargetView[] {
  switch (event) {
    case 'succeed':
      return view.selected === false && view.assigned?.version === null ? [] : [observePhase(view, 'ready', now)]
    case 'recover':
      return [observePhase(view, 'ready', now)]
    case 'fail':
      return [observePhase(view, 'failed', now)]
    case 'degrade':
      return [observePhase(view, 'applying', now)]
    case 'unreachable':
    case 'return':
      return [{ ...view, reach: { ok: event === 'return', since: now } }]
    case 'leave':
      return view.assigned === null ? [] : [{ ...view, selected: false }]
  }
}

/** What the planner is asked in a world. */
export function inputIn({ now, version, targets, approvals, paused }: World, { strategy, versions, input }: Setting): RolloutInput {
  return { now, module: { id: 'module', version: versions[version] as string | null }, strategy, targets, approvals, paused, ...input }
}

/** The world once a plan was carried out. */
export function carriedOut(world: World, { actions, state, nextWakeAt, gates }: RolloutPlan): World {
  const targets = actions.length === 0 ? world.targets : carryOut(world.targets, actions, world.now)
  const asks = gates.length === 0 ? [] : gates.flatMap(({ kind, stage }) => (kind === 'approval' ? [stage] : []))
  return { ...world, targets, state, wake: nextWakeAt, asks }
}
