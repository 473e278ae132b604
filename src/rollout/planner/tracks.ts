import { compareText } from '../../model/compare-text.ts'
import { getOrMake } from '../get-or-make.ts'
import type { RolloutState } from '../state/state.ts'
import { joinTracks } from '../state/tracks.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import { labelOf, type TargetView } from '../target-view.ts'
import type { HeldTarget, RolloutPhase, RolloutPlan, UpdatingTarget } from './plan.ts'
import type { PlannerInput } from './planner-input.ts'
import { countDone, countUpdating, type PlanLists, resultOf, type TargetResult, withLists } from './results.ts'
import { stagedBefore } from './snapshot.ts'
import { repeatedIds } from './targets/order.ts'
import { Pages } from './targets/pages.ts'
import { earliest } from './wake.ts'

/** A track of a rollout: a rollout of its own, of the targets that have one value of the label. Without tracks the rollout itself. */
export interface Track {
  readonly track: string | undefined
  readonly input: PlannerInput
  /** The targets of the input, in pages that are shared with those of the tick before. */
  readonly pages: Pages<TargetView>
  readonly prev: RolloutState | null
}

/** What is derived from a strategy is remembered by identity. */
const strategies: WeakMap<CanonicalStrategy, CanonicalStrategy> = new WeakMap()

/** The strategy of each track. */
function strategyOf(strategy: CanonicalStrategy): CanonicalStrategy {
  return getOrMake(strategies, strategy, () => {
    const { tracks: _, ...own } = strategy
    return own
  })
}

/**
 * The tracks of a rollout, in the order of their names. Without targets there is one, of those without the label. A state of other tracks
 * than these is as none.
 *
 * @param pages - the targets of the input, where they are in pages already
 */
export function splitTracks(input: PlannerInput, prev: RolloutState | null, pages?: Pages<TargetView>): readonly Track[] {
  const { tracks: label } = input.strategy
  if (label === undefined) {
    return [{ track: undefined, input, pages: pages ?? Pages.of(input.targets), prev: prev?.tracks === undefined ? prev : null }]
  }
  const none = `!${label}`
  const members = new Map<string, TargetView[]>()
  const twice = repeatedIds(input.targets)
  for (const view of input.targets) {
    // Either of two with one id could be meant: they are judged together.
    const track = twice.has(view.id) ? none : trackOf(view, label)
    const list = members.get(track)
    if (list === undefined) members.set(track, [view])
    else list.push(view)
  }
  if (members.size === 0) members.set(none, [])
  return [...members]
    .sort(([a], [b]) => compareText(a, b))
    .map(([track, targets]) => {
      const isFor = (given: { readonly track?: string | undefined }): boolean => given.track === undefined || given.track === track
      const { approvals, verdicts } = input
      const own: PlannerInput = {
        ...input,
        strategy: strategyOf(input.strategy),
        targets,
        ...(approvals && { approvals: approvals.filter(isFor) }),
        ...(verdicts && { verdicts: verdicts.filter(isFor) }),
      }
      const states = prev?.tracks
      const state = states !== undefined && Object.hasOwn(states, track) ? (states[track] as RolloutState) : null
      return { track, input: own, pages: Pages.of(targets, stagedBefore(own.strategy, state)?.views.given), prev: state }
    })
}

/** The name of the track that a target is in. */
export function trackOf({ labels }: TargetView, label: string): string {
  const value = labelOf(labels, label)
  return value === undefined ? `!${label}` : `${label}=${value}`
}

/** The phases of tracks, from the one that is furthest from its end on. */
const order: readonly RolloutPhase[] = [
  'Invalid',
  'Aborted',
  'Paused',
  'Running',
  'Reverting',
  'Halted',
  'Stalled',
  'Reverted',
  'CompleteWithFailures',
  'Complete',
]

/** The lists of the plans of tracks. */
class JoinedLists implements PlanLists {
  readonly #plans: readonly (readonly [string, RolloutPlan])[]
  #done: readonly string[] | undefined
  #updating: readonly UpdatingTarget[] | undefined
  #held: readonly HeldTarget[] | undefined

  constructor(plans: readonly (readonly [string, RolloutPlan])[]) {
    this.#plans = plans
  }

  get done(): readonly string[] {
    this.#done ??= this.#plans.flatMap(([, { done }]) => done)
    return this.#done
  }

  get doneCount(): number {
    return this.#plans.reduce((sum, [, plan]) => sum + countDone(plan), 0)
  }

  get updatingCount(): number {
    return this.#plans.reduce((sum, [, plan]) => sum + countUpdating(plan), 0)
  }

  resultOf(id: string): TargetResult | undefined {
    for (const [, plan] of this.#plans) {
      const result = resultOf(plan, id)
      if (result !== undefined) return result
    }
    return undefined
  }

  get updating(): readonly UpdatingTarget[] {
    this.#updating ??= namedOf(this.#plans, ({ updating }) => updating)
    return this.#updating
  }

  get held(): readonly HeldTarget[] {
    this.#held ??= namedOf(this.#plans, ({ held }) => held)
    return this.#held
  }
}

/** The items of a list of all plans, each with the name of its track. */
function namedOf<Item extends object>(
  plans: readonly (readonly [string, RolloutPlan])[],
  list: (plan: RolloutPlan) => readonly Item[],
): readonly (Item & { readonly track: string })[] {
  return plans.flatMap(([track, plan]) => list(plan).map((item) => ({ ...item, track })))
}

/** One plan of those of the tracks. */
export function joinPlans(plans: readonly (readonly [string, RolloutPlan])[], prev: RolloutState | null): RolloutPlan {
  const phase = order.find((one) => plans.some(([, plan]) => plan.phase === one)) as RolloutPhase
  const named = plans.find(([, plan]) => plan.phase === phase && plan.cause !== undefined)
  const cause = named?.[1].cause && { ...named[1].cause, message: `${named[0]}: ${named[1].cause.message}` }
  const states = new Map(Object.entries(prev?.tracks ?? {}))
  for (const [track, { state }] of plans) if (state !== null) states.set(track, state)
  const plan = {
    state: joinTracks(states),
    actions: namedOf(plans, ({ actions }) => actions),
    phase,
    ...(cause !== undefined && { cause }),
    gate: plans.reduce((least, [, { gate }]) => Math.min(least, gate), Number.POSITIVE_INFINITY),
    gates: namedOf(plans, ({ gates }) => gates),
    tracks: plans.map(([track, { phase, cause, gate }]) => ({ track, phase, ...(cause && { cause }), gate })),
    events: namedOf(plans, ({ events }) => events),
    nextWakeAt: earliest(plans.map(([, { nextWakeAt }]) => nextWakeAt)),
    diagnostics: [],
  }
  return withLists(plan, new JoinedLists(plans))
}
