import { compareText } from '../../model/compare-text.ts'
import type { RolloutState } from '../state/state.ts'
import { joinTracks } from '../state/tracks.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import type { TargetView } from '../target-view.ts'
import type { RolloutInput } from './input.ts'
import type { RolloutPhase, RolloutPlan } from './plan.ts'

/** A track of a rollout: a rollout of its own, of the targets that have one value of the label. */
export interface Track {
  readonly track: string
  readonly input: RolloutInput
  readonly prev: RolloutState | null
}

/** What is derived from a strategy is remembered by identity: a strategy for each track. */
const strategies: WeakMap<CanonicalStrategy, Map<string, CanonicalStrategy>> = new WeakMap()

function strategyOf(strategy: CanonicalStrategy, track: string): CanonicalStrategy {
  const known = strategies.get(strategy) ?? new Map<string, CanonicalStrategy>()
  strategies.set(strategy, known)
  const { tracks: _, ...same } = strategy
  const own = known.get(track) ?? same
  known.set(track, own)
  return own
}

/** The tracks of a rollout, in the order of their names. Without targets there is one, of those without the label. */
export function splitTracks(input: RolloutInput, prev: RolloutState | null): readonly Track[] {
  const none = `!${input.strategy.tracks}`
  const members = new Map<string, TargetView[]>()
  const twice = repeatedIds(input.targets)
  for (const view of input.targets) {
    // Either of two with one id could be meant: they are judged together.
    const track = twice.has(view.id) ? none : (trackOf(view, input.strategy.tracks as string) ?? none)
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
      const own: RolloutInput = {
        ...input,
        strategy: strategyOf(input.strategy, track),
        targets,
        ...(approvals && { approvals: approvals.filter(isFor) }),
        ...(verdicts && { verdicts: verdicts.filter(isFor) }),
      }
      const before = prev?.tracks
      return { track, input: own, prev: before !== undefined && Object.hasOwn(before, track) ? (before[track] as RolloutState) : null }
    })
}

function trackOf({ labels = {} }: TargetView, label: string): string | undefined {
  return Object.hasOwn(labels, label) ? `${label}=${labels[label]}` : undefined
}

function repeatedIds(targets: readonly TargetView[]): ReadonlySet<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()]
  for (const { id } of targets) (once.has(id) ? twice : once).add(id)
  return twice
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

/** One plan of those of the tracks. */
export function joinPlans(plans: readonly (readonly [string, RolloutPlan])[], prev: RolloutState | null): RolloutPlan {
  const phase = order.find((one) => plans.some(([, plan]) => plan.phase === one)) as RolloutPhase
  const named = plans.find(([, plan]) => plan.phase === phase && plan.cause !== undefined)
  const cause = named?.[1].cause && { ...named[1].cause, message: `${named[0]}: ${named[1].cause.message}` }
  const of = <Item extends object>(list: (plan: RolloutPlan) => readonly Item[]): readonly (Item & { readonly track: string })[] =>
    plans.flatMap(([track, plan]) => list(plan).map((item) => ({ ...item, track })))
  const wakes = plans.flatMap(([, { nextWakeAt }]) => nextWakeAt ?? [])
  const states = new Map(Object.entries(prev?.tracks ?? {}))
  for (const [track, { state }] of plans) if (state !== null) states.set(track, state)
  return {
    state: joinTracks(states),
    actions: of(({ actions }) => actions),
    done: plans.flatMap(([, { done }]) => done),
    updating: of(({ updating }) => updating),
    held: of(({ held }) => held),
    phase,
    ...(cause !== undefined && { cause }),
    gate: plans.reduce((least, [, { gate }]) => Math.min(least, gate), Number.POSITIVE_INFINITY),
    gates: of(({ gates }) => gates),
    tracks: plans.map(([track, plan]) => ({ track, phase: plan.phase, ...(plan.cause && { cause: plan.cause }), gate: plan.gate })),
    events: of(({ events }) => events),
    nextWakeAt: wakes.length === 0 ? null : wakes.reduce((first, wake) => Math.min(first, wake)),
    diagnostics: [],
  }
}
