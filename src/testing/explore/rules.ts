import { isGone, isReady, progressOf, type RolloutAttempt } from '../../rollout/planner/outcome.ts'
import type { RolloutPlan } from '../../rollout/planner/plan.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import { limitRule, resolveAmount } from '../../rollout/strategy/amount.ts'
import { exceeds } from '../../rollout/strategy/tolerance.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import { checks, unpassedIn } from './check-rules.ts'
import { attemptOf, finishOf, isNew, type PlannedWorld, type StageMembers, stagesOf, startsOf } from './planned-world.ts'

/** What holds of every rollout, whatever its strategy: `undefined`, or what is wrong. */
export const rules: Readonly<Record<RuleName, (world: PlannedWorld) => string | undefined>> = {
  budgets,
  stages: closedStage,
  stopped,
  failures,
  retries,
  checks,
  reach,
  versions: olderVersion,
  phase: unfoundedPhase,
  accounted,
}

/** The rules that each plan is held to. */
export type RuleName = 'budgets' | 'stages' | 'stopped' | 'failures' | 'retries' | 'checks' | 'reach' | 'versions' | 'phase' | 'accounted'

/** Holds that say that a budget is used up. */
const used: ReadonlySet<string> = new Set(['concurrency', 'unavailable'])

/**
 * `maxConcurrency` and `maxUnavailable` of each stage hold, or no more than before are updating and unavailable; and no target is held because
 * they are used up when they are not.
 */
function budgets(world: PlannedWorld): string | undefined {
  const { plan, after } = world
  const touched = new Set([...startsOf(plan), ...plan.held.filter(({ reason }) => used.has(reason))].map(({ target }) => target))
  if (touched.size === 0) return undefined
  const attempt = attemptOf(world)
  const failed = new Set(plan.state?.failed.map(({ target }) => target))
  const later = new Map(after.map((view) => [view.id, view]))
  for (const { stage, members } of stagesOf(world)) {
    if (!members.some(({ id }) => touched.has(id))) continue
    const isUpdating = (view: TargetView): boolean => {
      if (view.assigned === null || view.assigned.version === null || isGone(view)) return false
      if (view.assigned.version === attempt.wanted && failed.has(view.id)) return false
      const { phase } = progressOf(view, stage, attempt)
      return isReady(view) ? phase === 'soaking' : phase === 'updating'
    }
    const count = (is: (view: TargetView) => boolean, of: readonly TargetView[]): readonly [number, number] => [
      of.filter(is).length,
      of.filter((view) => is(later.get(view.id) ?? view)).length,
    ]
    const [were, are] = count(isUpdating, members)
    const limit = resolveAmount(stage.maxConcurrency, members.length, limitRule) ?? 0
    if (are > Math.max(were, limit)) return `${are} targets of ${stage.name} are updating, and ${limit} may be`
    const kept = are < limit ? heldIn(plan, members, 'concurrency') : undefined
    if (kept !== undefined) return `${kept} is held since too many are updating, and ${are} of ${limit} are`
    for (const group of Map.groupBy(members, ({ labels }) => (stage.within === undefined ? '' : labels?.[stage.within])).values()) {
      const [before, now] = count(isUnavailable, group)
      const most = resolveAmount(stage.maxUnavailable, group.length, limitRule) ?? 0
      if (now > Math.max(before, most)) return `${now} targets of ${stage.name} are unavailable, and ${most} may be`
      const stuck = now < most ? heldIn(plan, group, 'unavailable') : undefined
      if (stuck !== undefined) return `${stuck} is held since too many are unavailable, and ${now} of ${most} are`
    }
  }
  return undefined
}

function heldIn({ held }: RolloutPlan, members: readonly TargetView[], reason: string): string | undefined {
  return held.find((hold) => hold.reason === reason && members.some(({ id }) => id === hold.target))?.target
}

function isUnavailable(view: TargetView): boolean {
  return view.reach.ok && !isGone(view) && !isReady(view)
}

/** A stage begins when the one before has finished and soaked, and nothing gets the wanted version in one that has not begun. */
function closedStage(world: PlannedWorld): string | undefined {
  const { input, before, plan } = world
  const attempt = attemptOf(world)
  const starts = startsOf(plan).filter(({ set, why }) => set === attempt.wanted && why !== 'revert')
  if (starts.length === 0 || (plan.state !== null && plan.state.completedAt !== null)) return undefined
  const isSame = before !== null && before.rid.version === attempt.wanted && before.rid.nonce === plan.state?.rid.nonce
  const begun = new Set(isSame ? before.opened.map(({ stage }) => stage) : [])
  const stages = stagesOf(world)
  for (const { target } of starts) {
    const at = stages.findIndex(({ members }) => members.some(({ id }) => id === target))
    const { stage } = stages[at] ?? {}
    if (stage === undefined || at === 0 || begun.has(stage.name)) continue
    if (input.strategy.join === 'wanted' && input.targets.some((view) => view.id === target && isGone(view))) continue
    const unfinished = unfinishedIn(stages[at - 1] as StageMembers, world, attempt)
    if (unfinished !== undefined) return `${target} of ${stage.name} is started, and ${unfinished}`
  }
  return undefined
}

/** What a stage lacks to be complete: those that it waits for, its soak, its checks. */
function unfinishedIn(of: StageMembers, world: PlannedWorld, attempt: RolloutAttempt): string | undefined {
  const { stage, members } = of
  const state = world.plan.state
  const tried = new Set([...(state?.failed ?? []), ...(state?.retries ?? [])].map(({ target }) => target))
  for (const view of members) {
    const isAssigned = view.assigned?.version === attempt.wanted
    const isStopped = Object.entries(view.labels ?? {}).some(([label, value]) => state?.cohorts.includes(`${label}=${value}`))
    // No stage waits for what has failed, or is tried again.
    if (tried.has(view.id) || (!isAssigned && (isStopped || view.hold !== undefined || !view.reach.ok))) continue
    if (!isAssigned || progressOf(view, stage, attempt).phase !== 'finished') return `${view.id} of ${stage.name} is not done`
  }
  const last = finishOf(of, world)
  if (attempt.fastRollback || last === Number.NEGATIVE_INFINITY) return undefined
  if (last + stage.soak > attempt.now) return `${stage.name} has not soaked`
  return unpassedIn(of, world)
}

/** Nothing is started while the rollout is paused, aborted or halted. */
function stopped({ input, plan }: PlannedWorld): string | undefined {
  const why = input.paused ? 'paused' : input.aborted ? 'aborted' : plan.state?.halted ? 'halted' : undefined
  const start = startsOf(plan).find((action) => action.why !== 'revert' || input.paused || input.aborted)
  return why === undefined || start === undefined ? undefined : `${start.target} is started, and the rollout is ${why}`
}

/** Failures are remembered, none of the failed is started again, and nothing is started after more of them than are tolerated. */
function failures(world: PlannedWorld): string | undefined {
  const { before, plan } = world
  const { state } = plan
  if (before === null || state === null || before.rid.version !== state.rid.version || before.rid.nonce !== state.rid.nonce)
    return undefined
  const failed = new Set(state.failed.map(({ target }) => target))
  const forgotten = before.failed.find(({ target }) => !failed.has(target))
  if (forgotten !== undefined) return `the failure of ${forgotten.target} is forgotten`
  const starts = startsOf(plan).filter(({ why }) => why !== 'revert' && why !== 'baseline')
  const again = starts.find(({ target, set }) => failed.has(target) && set === state.rid.version)
  if (again !== undefined && state.completedAt === null) return `${again.target} is started again after it failed`
  if (starts.length === 0 || state.cohorts.length > 0 || state.completedAt !== null) return undefined
  const over = stagesOf(world).find((of) => !isTolerated(of, state))
  return over === undefined ? undefined : `${starts[0]?.target} is started, and more failed in ${over.stage.name} than may`
}

/** A target is tried again no more often than it may be, and not before its time. */
function retries(world: PlannedWorld): string | undefined {
  const { input, plan } = world
  for (const { target, why } of startsOf(plan)) {
    if (why !== 'retry') continue
    const { stage } = stagesOf(world).find(({ members }) => members.some(({ id }) => id === target)) ?? {}
    const last = plan.state?.retries.find((retry) => retry.target === target)
    if (stage?.retry === undefined || last === undefined) return `${target} is tried again, and has no retry`
    const { limit, backoff, maxBackoff = Number.POSITIVE_INFINITY } = stage.retry
    if (last.count > limit) return `${target} is tried again ${last.count} times, and may be ${limit} times`
    if (last.at + Math.min(backoff * 2 ** (last.count - 1), maxBackoff) > input.now) return `${target} is tried again before its time`
  }
  return undefined
}

function isTolerated({ stage, members }: StageMembers, { failed }: RolloutState): boolean {
  const count = failed.filter((failure) => failure.stage === stage.name && failure.reason !== 'lost').length
  return typeof stage.maxFailures === 'object' || !exceeds(stage.maxFailures, count, 0, members.length)
}

/** Nothing is assigned to a target that is unreachable, busy, on hold or kept back by a dependency. */
function reach({ input, plan }: PlannedWorld): string | undefined {
  for (const action of plan.actions) {
    const { id, reach: to, hold, busy } = input.targets.find((view) => view.id === action.target) ?? {}
    if (id === undefined) return `${action.target} is assigned something, and is not there`
    if (to?.ok !== true) return `${id} is assigned something, and cannot be reached`
    const isPinned = typeof hold === 'object' && 'set' in action && hold.pin === action.set
    if (hold !== undefined && !isPinned) return `${id} is assigned something, and is on hold`
    if (busy !== undefined && input.now < busy.since + (busy.maxAge ?? Number.POSITIVE_INFINITY))
      return `${id} is assigned something, and is busy`
    const verdict = input.dependencies?.[id]
    if ('set' in action ? verdict?.start : verdict?.removal) return `${id} is assigned something, and a dependency keeps it back`
  }
  return undefined
}

/** No target gets an older version after a newer one, unless that is wanted or reverts a halt. */
function olderVersion({ input, plan, versions }: PlannedWorld): string | undefined {
  for (const { target, set, why } of startsOf(plan)) {
    const had = input.targets.find(({ id }) => id === target)?.assigned?.version
    if (why === 'revert' || set === plan.state?.rid.version || had === undefined || had === null || had === set) continue
    if (versions.lastIndexOf(set) < versions.lastIndexOf(had)) return `${target} gets ${set} after ${had}`
  }
  return undefined
}

/** It is only aborted, paused or halted for a reason. */
function unfoundedPhase(world: PlannedWorld): string | undefined {
  const { input, plan } = world
  if (plan.phase === 'Aborted' && input.aborted !== true) return 'the rollout is Aborted, and no one aborted it'
  if (plan.phase === 'Paused' && input.paused !== true) return 'the rollout is Paused, and no one paused it'
  const halted = plan.state?.halted ?? null
  if (plan.phase === 'Halted' && halted === null) return 'the rollout is Halted, and has not halted'
  if (isNew(world, 'completedAt')) {
    const last = stagesOf(world).findLast(({ members }) => members.length > 0)
    return last && unfinishedIn(last, world, attemptOf(world))
  }
  if (halted === null || !isNew(world, 'halted') || halted.code !== 'failures') return undefined
  const of = stagesOf(world).find(({ stage: { name } }) => name === halted.stage)
  const isFounded = of === undefined || typeof of.stage.maxFailures === 'object' || !isTolerated(of, plan.state as RolloutState)
  return isFounded ? undefined : `the rollout has halted, and no more failed in ${halted.stage} than may`
}

/** Each target is in exactly one of the lists of the plan, with a reason where it is held. */
function accounted({ input, plan }: PlannedWorld): string | undefined {
  const listed = [...plan.done]
  for (const list of [plan.actions, plan.updating, plan.held]) for (const { target } of list) listed.push(target)
  for (const { id } of input.targets) {
    const count = listed.reduce((sum, other) => (other === id ? sum + 1 : sum), 0)
    if (count !== 1) return `${id} is in ${count} lists of the plan`
  }
  const silent = plan.held.find(({ message, by }) => message === '' || by.length === 0)
  return silent === undefined ? undefined : `${silent.target} is held without a reason`
}
