import type { RolloutInput, RolloutPlan, RolloutState } from 'fleetkit/rollout'
import type { Blame, Planner } from './properties.ts'

/** A rollout, or one of its tracks, as a rollout without tracks. */
export interface Part {
  readonly input: RolloutInput
  readonly prev: RolloutState | null
  readonly plan: RolloutPlan
}

const text = (value: unknown): string => JSON.stringify(value)

/** The tracks of a rollout, each by itself; the rollout where it has none. */
export function partsOf(input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan): readonly Part[] {
  const { tracks: label, ...strategy } = input.strategy
  if (label === undefined || plan.phase === 'Invalid') return [{ input, prev, plan }]
  const names = new Map(
    input.targets.map(({ id, labels }) => [id, labels?.[label] === undefined ? `!${label}` : `${label}=${labels[label]}`]),
  )
  return (plan.tracks ?? []).map(({ track, phase, cause, gate }) => {
    const isHere = (item: { readonly track?: string | undefined }): boolean => item.track === track
    const own = <Item extends { readonly track?: string | undefined }>(items: readonly Item[]): Item[] =>
      items.filter(isHere).map(({ track: _, ...item }) => item as Item)
    const { cause: _, tracks: __, ...rest } = plan
    return {
      input: {
        ...input,
        strategy,
        targets: input.targets.filter(({ id }) => names.get(id) === track),
        approvals: input.approvals?.filter((given) => given.track === undefined || given.track === track),
        verdicts: input.verdicts?.filter((given) => given.track === undefined || given.track === track),
      },
      prev: prev?.tracks?.[track] ?? null,
      plan: {
        ...rest,
        state: plan.state?.tracks?.[track] ?? null,
        actions: own(plan.actions),
        done: plan.done.filter((id) => names.get(id) === track),
        updating: own(plan.updating),
        held: own(plan.held),
        gates: own(plan.gates),
        events: own(plan.events),
        phase,
        gate,
        ...(cause !== undefined && { cause }),
      },
    }
  })
}

/** R25: each track goes as a rollout of its own would, and none is forgotten. */
export function checkTracks(planner: Planner, input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  if (input.strategy.tracks === undefined || plan.phase === 'Invalid') return
  const parts = partsOf(input, prev, plan)
  const covered = parts.reduce((sum, part) => sum + part.input.targets.length, 0)
  if (covered !== input.targets.length) blame('R25', `${covered} of ${input.targets.length} targets are in a track`)
  const alone = parts.map((part) => planner(part.input, part.prev))
  for (const [at, part] of parts.entries()) {
    const { nextWakeAt: _, ...own } = alone[at] as RolloutPlan
    const { nextWakeAt: __, ...here } = part.plan
    const inOrder = (value: RolloutPlan | typeof own): string => text(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (inOrder(own) !== inOrder(here))
      blame('R25', `${plan.tracks?.[at]?.track} goes another way: ${inOrder(here)} is not ${inOrder(own)}`)
  }
  const wake = Math.min(...alone.map(({ nextWakeAt }) => nextWakeAt ?? Number.POSITIVE_INFINITY))
  if ((plan.nextWakeAt ?? Number.POSITIVE_INFINITY) !== wake) blame('R25', `wakes at ${plan.nextWakeAt}, not ${wake}`)
  const phases = alone.map(({ phase }) => phase)
  const furthest = ['Aborted', 'Paused', 'Running', 'Reverting', 'Halted', 'Stalled', 'Reverted', 'CompleteWithFailures', 'Complete']
  if (plan.phase !== furthest.find((phase) => phases.some((one) => one === phase))) blame('R25', `${plan.phase} of ${phases}`)
}
