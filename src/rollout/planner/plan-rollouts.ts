import { compareText } from '../../model/compare-text.ts'
import { errorOf } from '../diagnostic.ts'
import type { RolloutState } from '../state/state.ts'
import type { TargetView } from '../target-view.ts'
import { assignStages } from './assign-stages.ts'
import { SharedBudgets } from './budgets/shared.ts'
import type { SharedRollouts } from './input.ts'
import { isUpdating } from './outcome.ts'
import type { RolloutAction, RolloutPlan, RolloutsPlan } from './plan.ts'
import { planWithin } from './plan-rollout.ts'
import { type ReadRollout, readRollout } from './read/read-rollout.ts'
import { readShared } from './read/read-shared.ts'
import { mark } from './snapshot/block.ts'
import { stagedBefore, takeSnapshot } from './snapshot.ts'
import { begin } from './supersede.ts'
import { Tick } from './tick.ts'
import { splitTracks } from './tracks.ts'
import { earliest, Wake } from './wake.ts'

/**
 * Plans many rollouts under budgets that they share. A start takes from each of the budgets that cover the target, or from none.
 * Rollouts that waited for longer than `patience` go first, the longest first; then higher priorities, then what began earlier, then by
 * module. The plans come in the order of the rollouts; call again when something was observed or at `nextWakeAt`, the least of theirs and of
 * the times at which the turn of one comes forward.
 *
 * @example
 * ```ts
 * import { planRollouts, type SharedRollout } from 'fleetkit/rollout'
 *
 * declare const rollouts: readonly SharedRollout[]
 * const { plans, nextWakeAt } = planRollouts({
 *   rollouts,
 *   budgets: [{ id: 'fleet', limit: 50 }, { id: 'region', limit: '5%', by: 'region' }],
 * })
 * ```
 */
export function planRollouts(shared: SharedRollouts): RolloutsPlan {
  const { budgets, patience, priorities, problems } = readShared(shared)
  const wrong = problems.map((problem) => errorOf('bad-input', problem))
  const rollouts = shared.rollouts.map(({ input, prev }, at): Turn => {
    const rollout = readRollout(input, prev)
    return { ...rollout, errors: [...wrong, ...rollout.errors], priority: priorities[at] as number }
  })
  if (wrong.length > 0 || budgets.length === 0) {
    const plans = rollouts.map((rollout) => planWithin(rollout, undefined))
    return { plans, nextWakeAt: nextWakeOf(plans, rollouts, Number.POSITIVE_INFINITY) }
  }
  const fleet = new Map<string, TargetView>()
  for (const { input } of rollouts) for (const view of input.targets) fleet.set(view.id, view)
  const keyOf = ({ input, prev: state, priority }: Turn): TurnKey => ({ id: input.module.id, priority, state, now: input.now })
  const turns = [...rollouts.entries()].sort(([, a], [, b]) => inTurn(keyOf(a), keyOf(b), patience))
  const updating = rollouts.map(updatingOf)
  const plan = (taking: readonly (readonly TargetView[])[]): readonly RolloutPlan[] => {
    const used = new SharedBudgets(budgets, fleet.values())
    for (const view of taking.flat()) used.charge(view)
    const plans: RolloutPlan[] = new Array(rollouts.length)
    for (const [at, rollout] of turns) plans[at] = planWithin(rollout, used)
    return plans
  }
  const plans = plan(updating)
  // A removal gives back what it took, also to those whose turn was before. It takes nothing, so that it is decided alike again.
  const staying = plans.map(({ actions }, at) => stayingOf(actions, updating[at] as readonly TargetView[]))
  const last = staying.flat().length < updating.flat().length ? plan(staying) : plans
  return { plans: last, nextWakeAt: nextWakeOf(last, rollouts, patience) }
}

/** When any of them is to be planned again: the turn of one that waits comes forward when its patience ends. */
function nextWakeOf(plans: readonly RolloutPlan[], rollouts: readonly Turn[], patience: number): number | null {
  const times = plans.map(({ state, nextWakeAt }, at) => {
    const wake = new Wake((rollouts[at] as Turn).input.now)
    if (nextWakeAt !== null) wake.add(nextWakeAt)
    if (state !== null && state.waitingSince !== null) wake.add(state.waitingSince + patience)
    return wake.next
  })
  return earliest(times)
}

/** Those that were updating, and are not to be removed. */
function stayingOf(actions: readonly RolloutAction[], updating: readonly TargetView[]): readonly TargetView[] {
  const removed = new Set(actions.flatMap((action) => ('remove' in action ? [action.target] : [])))
  return updating.filter(({ id }) => !removed.has(id))
}

interface Turn extends ReadRollout {
  readonly priority: number
}

/** The targets that are updating, each of which takes from the shared budgets. */
export function updatingOf({ input, prev, pages, errors }: Omit<ReadRollout, 'given'>): readonly TargetView[] {
  // Updates go on, whatever is wrong with the rollout by now.
  if (errors.length > 0) return input.targets.filter(isUpdating)
  return splitTracks(input, prev, pages).flatMap((track) => {
    const state = track.prev ?? begin(track.input, null).state
    const staged = assignStages(track.input.strategy, track.pages, state.opened, stagedBefore(track.input.strategy, state))
    const { blocks } = takeSnapshot(new Tick(track.input, staged, state), state)
    return blocks.flatMap(({ views, marks, counts }) =>
      counts.members[0] === 0 ? [] : views.filter((_, at) => ((marks[at] as number) & mark.updating) !== 0),
    )
  })
}

/** What the turn of a rollout among those that share budgets goes by. */
export interface TurnKey {
  /** Of its module. */
  readonly id: string
  readonly priority: number
  readonly state: RolloutState | null
  readonly now: number
}

/** Which of two rollouts goes first where they share budgets, as a sort takes it. */
export function inTurn(a: TurnKey, b: TurnKey, patience: number): number {
  const [x, y] = [starvingSince(a, patience), starvingSince(b, patience)]
  const [began, beganToo] = [a.state?.startedAt ?? a.now, b.state?.startedAt ?? b.now]
  // Of two that have not waited for so long the difference is NaN, which decides nothing.
  return x - y || b.priority - a.priority || began - beganToo || compareText(a.id, b.id)
}

function starvingSince({ state, now }: TurnKey, patience: number): number {
  const since = state?.waitingSince ?? null
  return since !== null && now - since >= patience ? since : Number.POSITIVE_INFINITY
}
