import type { Approval, RolloutInput, Verdict } from '../../rollout/planner/input.ts'
import type { Gate, RolloutPlan } from '../../rollout/planner/plan.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import type { CanonicalStrategy } from '../../rollout/strategy/canonical.ts'
import { resolveStrategy } from '../../rollout/strategy/resolve.ts'
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
  /** The latest of each check. */
  readonly verdicts: readonly Verdict[]
  readonly paused: boolean
  readonly state: RolloutState | null
  /** When the planner asked to be called again. */
  readonly wake: number | null
  /** What the rollout waits for. */
  readonly gates: readonly Gate[]
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
  const { now } = world
  switch (event.event) {
    case 'join': {
      const joining = world.absent.find(({ id }) => id === event.target)
      if (joining === undefined) return world
      // Its own times are from before, but for a veto: it begins when the target joins.
      const joined = joining.busy === undefined ? joining : { ...joining, busy: { ...joining.busy, since: now } }
      return { ...world, targets: [...world.targets, joined], absent: world.absent.filter((view) => view !== joining) }
    }
    case 'version': {
      // A version comes a moment later than all that was before it.
      const version = versions.indexOf(event.version, world.version + 1)
      return version === -1 ? world : { ...world, version, now: now + 1 }
    }
    case 'approve': {
      const { event: _, ...of } = event
      const rid = stateOf(world.state, event.track)?.rid
      if (rid === undefined) return world
      const needed = resolveStrategy(strategy).stages.find(({ name }) => name === event.stage)?.approvals ?? 0
      const given = Array.from({ length: needed }, (_, person): Approval => ({ rid, ...of, actor: `person-${person + 1}`, at: now }))
      return { ...world, approvals: [...world.approvals, ...given] }
    }
    case 'verdict': {
      const { event: _, ...of } = event
      const rid = stateOf(world.state, event.track)?.rid
      if (rid === undefined) return world
      const others = world.verdicts.filter((given) => !isOf(given, of))
      // One that passes too early does so a moment before anything finishes.
      const at = of.verdict === 'fail' || isAsked(world, of) ? now : now - 1
      return { ...world, verdicts: [...others, { rid, ...of, at }] }
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

/** What is remembered of the rollout, or of one of its tracks. */
export function stateOf(state: RolloutState | null, track: string | undefined): RolloutState | undefined {
  return (track === undefined ? state : state?.tracks?.[track]) ?? undefined
}

interface CheckOf {
  readonly stage: string
  readonly check?: string | undefined
  readonly track?: string | undefined
}

/** Whether two are of the same check. */
export function isOf(a: CheckOf, b: CheckOf): boolean {
  return a.check === b.check && a.stage === b.stage && a.track === b.track
}

/** Whether the rollout waits for a check to pass. */
export function isAsked({ gates }: World, check: CheckOf): boolean {
  return gates.some((gate) => gate.kind === 'check' && isOf(gate, check))
}

/** What can happen to a target that is there. */
export type TargetChange = Exclude<TargetEventName, 'join'>

/** What becomes of a target; nothing when it is gone for good. */
export function changed(view: TargetView, event: TargetChange, now: number): readonly TargetView[] {
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
export function inputIn(
  { now, version, targets, approvals, verdicts, paused }: World,
  { strategy, versions, input }: Setting,
): RolloutInput {
  return {
    now,
    module: { id: 'module', version: versions[version] as string | null },
    strategy,
    targets,
    approvals,
    verdicts,
    paused,
    ...input,
  }
}

/** The world once a plan was carried out. */
export function carriedOut(world: World, { actions, state, nextWakeAt, gates }: RolloutPlan): World {
  const targets = actions.length === 0 ? world.targets : carryOut(world.targets, actions, world.now)
  return { ...world, targets, state, wake: nextWakeAt, gates }
}
