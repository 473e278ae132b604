import { matchesSelector } from 'fleetkit'
import type { Interval, RolloutInput, RolloutState, Stage, TargetView, WindowScope } from 'fleetkit/rollout'

/** The words of the reference said again, slowly and without the planner's code, to judge what the planner decides. */

export const floorAtLeastOne = (amount: Stage['maxConcurrency'], total: number): number => {
  if (amount === undefined || amount === 'all') return total
  if (typeof amount === 'number') return Math.min(amount, total)
  const percent = Number(amount.slice(0, -1))
  return percent === 0 ? 0 : Math.min(total, Math.max(1, Math.floor((percent * total) / 100)))
}

/** What targets count for: each 1 or, by weight, what it weighs. */
export const costOf = (views: readonly TargetView[], { weighted }: { readonly weighted?: boolean | undefined }): number =>
  views.reduce((sum, { weight }) => sum + (weighted === true ? (weight ?? 1) : 1), 0)

/** Of what counts for `total`, how much may go on at once. */
export const mostOf = (
  amount: Stage['maxConcurrency'],
  views: readonly TargetView[],
  of: { readonly weighted?: boolean | undefined },
): number => {
  const total = costOf(views, of)
  if (of.weighted !== true) return floorAtLeastOne(amount, total)
  if (amount === undefined || amount === 'all') return Number.POSITIVE_INFINITY
  if (typeof amount === 'number') return amount
  const percent = Number(amount.slice(0, -1))
  return percent > 0 && total === 0 ? 1 : (total * percent) / 100
}

/** Whether so many may go on together: no more than may or, by weight, one heavy target alone. */
export const isWithin = (going: readonly TargetView[], most: number, of: { readonly weighted?: boolean | undefined }): boolean => {
  if (costOf(going, of) <= most) return true
  return of.weighted === true && most > 0 && going.filter(({ weight }) => weight !== 0).length === 1
}

export interface StageOf {
  readonly stage: Stage
  readonly members: readonly TargetView[]
}

/**
 * Stages with their members in order; the targets that none takes come last. A stage with a limit that has begun has those that it took then, as
 * far as they are still there and fit.
 */
export function stagesOf(
  { strategy, targets }: Pick<RolloutInput, 'strategy' | 'targets'>,
  state: Pick<RolloutState, 'opened'> | null,
): readonly StageOf[] {
  let rest = targets.filter(({ selected }) => selected !== false)
  const fleet = rest
  const stages = strategy.stages.flatMap(wavesOf).map(({ stage, ofFleet }) => {
    const fit = rest.filter(
      ({ id, labels }) =>
        (stage.selector === undefined || matchesSelector(stage.selector, labels)) && (stage.targets?.includes(id) ?? true),
    )
    const took = (stage.limit ?? 'all') === 'all' ? undefined : state?.opened.find((opened) => opened.stage === stage.name)?.took
    const ordered = inOrder(fit, stage)
    const groups = Map.groupBy(ordered, ({ labels = {} }) => (stage.limitBy === undefined ? undefined : own(labels, stage.limitBy)))
    const first = [...groups.values()].flatMap((group) => {
      const most = mostOf(stage.limit, ofFleet ? fleet : group, stage)
      const beyond = group.findIndex((_, at) => most === 0 || !isWithin(group.slice(0, at + 1), most, stage))
      return beyond === -1 ? group : group.slice(0, beyond)
    })
    const members = ordered.filter((view) => took?.includes(view.id) ?? first.includes(view))
    rest = rest.filter((view) => !members.includes(view))
    return { stage, members }
  })
  if (rest.length === 0) return stages
  const last = { ...(strategy.stages.at(-1) as Stage), name: 'rest', soak: 0, approvals: 0, requireSuccess: false, checks: [] }
  return [...stages, { stage: last, members: inOrder(rest, last) }]
}

/** A stage, or its waves one after the other: the sizes of those are shares of the whole fleet. */
function wavesOf({ waves, ...stage }: Stage): readonly { readonly stage: Stage; readonly ofFleet: boolean }[] {
  if (waves === undefined) return [{ stage, ofFleet: false }]
  const sizes = waves[waves.length - 1] === 'all' ? waves : [...waves, 'all' as const]
  return sizes.map((limit, at) => ({ stage: { ...stage, name: `${stage.name}-${1 + at}`, limit }, ofFleet: true }))
}

const own = (labels: Readonly<Record<string, string>>, label: string): string | undefined =>
  Object.hasOwn(labels, label) ? labels[label] : undefined

/** Texts by code points: UTF-8 has the order of them, UTF-16 does not. */
const isBefore = (a: string | number, b: string | number): boolean =>
  typeof a === 'string' && typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0 : a < b

/** By each of `sortBy`, then `sortKey`, then id; what has no value comes last. */
function inOrder(views: readonly TargetView[], { sortBy = [] }: Stage): TargetView[] {
  const numberOf = (value: string | undefined): number | undefined =>
    value === undefined || value.trim() === '' || Number.isNaN(Number(value)) ? undefined : Number(value)
  const compare = (a: string | number | undefined, b: string | number | undefined, sign: number): number =>
    a === b ? 0 : a === undefined ? 1 : b === undefined ? -1 : isBefore(a, b) ? -sign : sign
  const keys = ({ id, labels = {}, sortKey }: TargetView) => [
    ...sortBy.map(({ label, as }) => (as === 'number' ? numberOf(own(labels, label)) : own(labels, label))),
    sortKey,
    id,
  ]
  const signs = [...sortBy.map(({ order }) => (order === 'descending' ? -1 : 1)), 1, 1]
  return views.toSorted((a, b) => {
    const [left, right] = [keys(a), keys(b)]
    return signs.map((sign, at) => compare(left[at], right[at], sign)).find((result) => result !== 0) ?? 0
  })
}

/** Whether windows or a freeze are about a target. */
export const isAbout = ({ selector, zone }: WindowScope, { labels = {} }: TargetView): boolean => {
  const value = zone && own(labels, zone.label)
  const inZone = zone?.in === undefined || zone.in.some((of) => of === value)
  return inZone && zone?.notIn?.some((of) => of === value) !== true && (selector === undefined || matchesSelector(selector, labels))
}

/** The windows of a target beside those of its stage: of its own, or any that are for no one in particular; `undefined` without any. */
export function windowsOf({ windows, targetWindows = [] }: RolloutInput, view: TargetView): readonly Interval[] | undefined {
  const about = targetWindows.filter((of) => isAbout(of, view))
  const particular = about.filter(({ selector }) => selector !== undefined)
  if (particular.length > 0) return particular.flatMap(({ intervals }) => intervals)
  return windows === undefined && about.length === 0 ? undefined : [...about.flatMap(({ intervals }) => intervals), ...(windows ?? [])]
}

export const isOutcome = ({ assigned, observed }: TargetView): boolean =>
  assigned !== null && observed !== null && assigned.version === observed.version && observed.generation >= assigned.generation

export const isReady = (view: TargetView): boolean => isOutcome(view) && view.observed?.phase === 'ready'

/** Its last step forward: an assignment, or a new phase of its outcome. */
export const lastStep = (view: TargetView): number =>
  isOutcome(view) ? Math.max(view.assigned?.at ?? 0, view.observed?.since ?? 0) : (view.assigned?.at ?? 0)

/** Whether it was assigned a version and neither has it nor failed: it uses up concurrency, whatever the version is. */
export function isInFlight(view: TargetView, stage: Stage, now: number, wanted: string | null, state: RolloutState | null): boolean {
  const { assigned } = view
  if (assigned === null || assigned.version === null) return false
  if (isOutcome(view) && view.observed?.phase === 'failed') return false
  const onWanted = assigned.version === wanted
  if (onWanted && state?.failed.some(({ target }) => target === view.id)) return false
  const minReady = onWanted && state?.fastRollback !== true ? (stage.minReady ?? 0) : 0
  if (isReady(view)) return now < lastStep(view) + minReady
  return now < lastStep(view) + (stage.progressDeadline ?? Number.POSITIVE_INFINITY)
}

/** How much may be started within that time. A number is one of starts, however few members there are. */
export const startsOf = (limit: Stage['maxConcurrency'], members: readonly TargetView[], of: Pick<Stage, 'weighted'>): number =>
  typeof limit === 'number' ? limit : limit === 'all' ? Number.POSITIVE_INFINITY : mostOf(limit, members, of)

/** Whether it was assigned anything within the time that `maxStarts` of its stage looks at. */
export const wasStartedLately = ({ assigned }: TargetView, { maxStarts }: Stage, now: number): boolean =>
  assigned !== null && maxStarts !== undefined && now - maxStarts.per < assigned.at

/** Whether it is reachable, has or was assigned something, and is not ready with it. */
export function isUnavailable(view: TargetView): boolean {
  const { assigned, observed } = view
  if (!view.reach.ok) return false
  if (assigned === null) return observed !== null && observed.version !== null && !['ready', 'absent'].includes(observed.phase)
  return !isGone(view) && !isReady(view)
}

/** Whether nothing of the module is there any more. */
export function isGone({ assigned, observed }: TargetView): boolean {
  if (assigned === null) return observed === null || observed.phase === 'absent' || observed.version === null
  return assigned.version === null && observed?.phase === 'absent' && observed.generation >= assigned.generation
}

/** Whether it has the wanted version, and for long enough. */
export function isDone(view: TargetView, stage: Stage, now: number, wanted: string | null, fastRollback: boolean): boolean {
  if (wanted === null) return isGone(view)
  return view.assigned?.version === wanted && isReady(view) && now >= lastStep(view) + (fastRollback ? 0 : (stage.minReady ?? 0))
}

/** Whether the target itself says that it is busy, and is believed. */
export const isBusy = (view: TargetView | undefined, now: number): boolean =>
  view?.busy !== undefined && now < view.busy.since + (view.busy.maxAge ?? Number.POSITIVE_INFINITY)

/** Whether a target that failed gets what it had before while the others go on. */
export const goesBack = ({ onFailure }: Stage, target: string, { failed, rid, fastRollback }: RolloutState): boolean =>
  onFailure === 'revert' && rid.version !== null && !fastRollback && failed.some((failure) => failure.target === target)

/** Whether a hold keeps the wanted version from it. */
export const isKept = ({ hold }: TargetView, wanted: string | null): boolean =>
  hold !== undefined && !(typeof hold === 'object' && hold.pin === wanted)

/** When a target that has failed is tried again: as often as it failed before, the time has doubled. */
export function dueAt({ retry }: Stage, { at, count }: RolloutState['retries'][number]): number {
  let wait = retry?.backoff ?? 0
  for (let time = 1; time < count; time += 1) wait *= 2
  return at + Math.min(wait, retry?.maxBackoff ?? wait)
}

/** Whether it has failed, and the time at which it is tried again has not come. */
export function awaitsRetry({ id, assigned }: TargetView, stage: Stage, now: number, { rid, retries }: RolloutState): boolean {
  const known = retries.find(({ target }) => target === id)
  if (known === undefined || assigned === null || assigned.version !== rid.version) return false
  return assigned.generation <= known.generation && now < dueAt(stage, known)
}

/** Whether it has failed and is tried again, now or later, so that no stage waits for it. */
export function isTriedAgain(view: TargetView, stage: Stage, now: number, state: RolloutState): boolean {
  const known = state.retries.find(({ target }) => target === view.id)
  const { version } = state.rid
  if (known === undefined || isDone(view, stage, now, version, state.fastRollback)) return false
  if (view.assigned?.version === version && isInFlight(view, stage, now, version, state)) return true
  return awaitsRetry(view, stage, now, state) || (!isKept(view, version) && view.reach.ok)
}

/** How many members of a stage are done, and how many have to be for it to be complete, when none of them is pending. */
export function proofOf(
  { stage, members }: StageOf,
  now: number,
  state: RolloutState,
): { readonly done: number; readonly demanded: number } {
  const wanted = state.rid.version
  const has = (view: TargetView): boolean => (wanted === null ? view.assigned?.version === null : view.assigned?.version === wanted)
  const isFailed = ({ id }: TargetView): boolean => state.failed.some(({ target }) => target === id)
  const done = members.filter((view) => !isFailed(view) && isDone(view, stage, now, wanted, state.fastRollback))
  const failed = members.filter(isFailed)
  const others = members.filter((view) => !done.includes(view) && !failed.includes(view))
  const underWay = others.filter((view) => has(view) && isInFlight(view, stage, now, wanted, state))
  const again = others.filter((view) => isTriedAgain(view, stage, now, state))
  const free = others.filter((view) => !underWay.includes(view) && !again.includes(view))
  const kept = free.filter((view) => isKept(view, wanted) && view.hold !== 'excluded')
  const unreachable = free.filter((view) => !isKept(view, wanted) && !view.reach.ok)
  const counted = done.length + failed.length + unreachable.length + again.length
  if (state.fastRollback && done.length + failed.length === 0) return { done: 0, demanded: 0 }
  const of = (total: number): number => {
    const { minDone = 1 } = stage
    if (minDone === 'all') return total
    return typeof minDone === 'number' ? Math.min(minDone, total) : Math.ceil((Number(minDone.slice(0, -1)) * total) / 100)
  }
  return { done: done.length, demanded: counted > 0 ? of(counted) : Math.min(1, of(kept.length)) }
}
