import type { Gate, HeldTarget, RolloutInput, RolloutPlan, RolloutState, TargetView, UpdatingTarget } from 'fleetkit/rollout'
import { asksForSuccess, hasSucceeded } from './checks.ts'
import {
  costOf,
  dueAt,
  floorAtLeastOne,
  goesBack,
  isAbout,
  isBusy,
  isDone,
  isGone,
  isInFlight,
  isOutcome,
  isReady,
  isTriedAgain,
  isUnavailable,
  lastStep,
  mostOf,
  proofOf,
  type StageOf,
  stagesOf,
  startsOf,
  wasStartedLately,
  windowsOf,
} from './oracle.ts'
import type { Blame } from './properties.ts'
import { carriedOut } from './properties.ts'

/** R16, R17: every reason is true, so no target is held without need. */
export function checkExplanations(input: RolloutInput, plan: RolloutPlan, blame: Blame): void {
  const { state } = plan
  if (state === null || plan.phase === 'Invalid') return
  const views = new Map(input.targets.map((view) => [view.id, view]))
  const after = carriedOut(input, plan)
  const stages = stagesOf(input, state).map((of) => ({
    ...of,
    after: of.members.map(({ id }) => after.targets.find((view) => view.id === id) as TargetView),
  }))
  const stageOf = (id: string): After | undefined => stages.find(({ members }) => members.some((view) => view.id === id))
  for (const held of plan.held) {
    const view = views.get(held.target) as TargetView
    const wrong = lie(held, view, input, plan, state, stageOf(held.target), after.targets)
    if (wrong !== undefined) blame('R16', `${held.target} is said to be held by ${held.reason}: ${wrong} ${JSON.stringify([view, held])}`)
  }
  for (const id of plan.done) {
    const view = views.get(id) as TargetView
    const of = stageOf(id)
    const done =
      of === undefined
        ? view.selected === false && (isGone(view) || view.assigned === null)
        : isDone(view, of.stage, input.now, state.rid.version, state.fastRollback)
    if (!done) blame('R16', `${id} is said to be done: ${JSON.stringify(view)}`)
  }
  for (const updating of plan.updating) {
    const view = views.get(updating.target) as TargetView
    const of = stageOf(updating.target)
    const wrong = falseUpdate(updating, view, input, state, of)
    const back = updating.held && lie({ ...updating, ...updating.held }, view, input, plan, state, of, after.targets)
    if (back !== undefined) blame('R16', `${updating.target} is said to be held back by ${updating.held?.reason}: ${back}`)
    if (of !== undefined && updating.to !== state.rid.version && updating.held === undefined)
      blame('R16', `${updating.target} gets ${updating.to}, and nothing is said of ${state.rid.version}`)
    if (wrong !== undefined)
      blame('R16', `${updating.target} is said to be updating: ${wrong} ${JSON.stringify([updating, views.get(updating.target)])}`)
  }
}

/** R6, R18: each gate is one, and the phase is that of the lists. */
export function checkPhase(
  input: RolloutInput,
  { state, phase, gates, actions, updating, held, cause, nextWakeAt }: RolloutPlan,
  blame: Blame,
): void {
  if (state === null || phase === 'Invalid') return
  const stages = stagesOf(input, state)
  for (const gate of gates) {
    const wrong = gate.kind === 'queue' ? undefined : shut(gate, input, state, stages)
    if (wrong !== undefined) blame('R6', `${gate.kind} of ${gate.stage}: ${wrong} ${JSON.stringify(gate)}`)
    if (gate.until !== undefined && (gate.until <= input.now || (nextWakeAt ?? Number.POSITIVE_INFINITY) > gate.until))
      blame('R6', `${gate.kind} until ${gate.until} wakes at ${nextWakeAt}`)
  }
  const own = gates.filter(({ kind }) => kind !== 'queue')
  // What can move by itself, or by a word of the target.
  const isStuck = ({ target, deadline, soakingUntil }: UpdatingTarget): boolean => {
    const view = input.targets.find(({ id }) => id === target)
    if (deadline !== undefined || soakingUntil !== undefined || view === undefined) return false
    const isOn = view.assigned?.version === (view.selected === false ? null : state.rid.version)
    return !view.reach.ok || (view.hold !== undefined && !isOn)
  }
  const active = actions.length > 0 || !updating.every(isStuck)
  const says = (is: boolean, what: string): void => {
    if (!is) blame('R18', `${phase} is wrong: ${what} ${JSON.stringify([own, held, cause])}`)
  }
  says((phase === 'Aborted') === (input.aborted === true), 'aborted')
  says((phase === 'Paused') === (input.paused === true && input.aborted !== true), 'paused')
  if (phase === 'Aborted' || phase === 'Paused') return
  says(
    ['Halted', 'Reverting', 'Reverted'].includes(phase) || (phase === 'Stalled' && state.rid.version !== null)
      ? true
      : state.halted === null,
    'halted',
  )
  if (state.halted !== null) {
    if (phase !== 'Stalled') says(cause?.code === state.halted.code, 'the cause of the halt')
    return
  }
  const hope =
    own.some(({ kind }) => kind === 'soak' || kind === 'check' || kind === 'approval') ||
    held.some(({ until, reason }) => (until !== undefined && ['frozen', 'window', 'starts', 'retry'].includes(reason)) || reason === 'busy')
  says((phase === 'Running') === (active || (hope && !isComplete(state, own, held))), 'running')
  if (phase === 'Stalled') says(cause !== undefined && cause.message.length > 5, 'no cause')
  if (phase === 'Complete' || phase === 'CompleteWithFailures') {
    says(isComplete(state, own, held), 'not complete')
    const failures = state.failed.length > 0 || state.cohorts.length > 0 || held.some(({ reason }) => reason === 'failed')
    const counts = cause?.counts ?? {}
    const left = held.length === Object.values(counts).reduce((sum, count) => sum + count, 0)
    says(left && held.every(({ reason }) => counts[reason] === held.filter((other) => other.reason === reason).length), 'what is left')
    says((phase === 'CompleteWithFailures') === failures, 'failures')
  }
}

/** Only targets that are left out are held. */
function isComplete({ completedAt }: RolloutState, gates: readonly Gate[], held: readonly HeldTarget[]): boolean {
  const out = new Set(['paused', 'excluded', 'pinned', 'failed', 'cohort-halted', 'unreachable', 'no-baseline', 'invalid'])
  return completedAt !== null && gates.length === 0 && held.every(({ reason }) => out.has(reason))
}

/** What is not so about a gate. */
function shut(
  { kind, stage: name, until }: Gate,
  input: RolloutInput,
  state: RolloutState,
  stages: readonly StageOf[],
): string | undefined {
  const { now } = input
  const wanted = state.rid.version
  const of = stages.find(({ stage }) => stage.name === name)
  if (of === undefined) return 'there is no such stage'
  const { stage, members } = of
  const open = state.opened.some((opened) => opened.stage === name)
  if (kind === 'approval') {
    const given = (input.approvals ?? []).filter(
      ({ rid, stage: to, at, revokedAt = Number.POSITIVE_INFINITY }) =>
        to === name && rid.version === wanted && rid.nonce === state.rid.nonce && at <= now && now < revokedAt,
    )
    return open || new Set(given.map(({ actor }) => actor)).size >= (stage.approvals ?? 0) || state.fastRollback
      ? 'it is not needed'
      : undefined
  }
  if (!open) return 'its stage has not begun'
  if (kind === 'require-success') return asksForSuccess(of, state) && !hasSucceeded(of, now, state) ? undefined : 'each is done'
  if (kind === 'check') return undefined
  if (kind === 'retry')
    return stages.some((each) => each.members.some((view) => isTriedAgain(view, each.stage, now, state)))
      ? undefined
      : 'none is tried again'
  const isFailed = ({ id }: TargetView): boolean => state.failed.some(({ target }) => target === id)
  const done = members.filter((view) => !isFailed(view) && isDone(view, stage, now, wanted, state.fastRollback))
  const isKept = ({ hold }: TargetView): boolean => hold !== undefined && !(typeof hold === 'object' && hold.pin === wanted)
  const isUnderWay = (view: TargetView): boolean =>
    onWanted(view) &&
    (wanted === null
      ? !isReported(view) && now < lastStep(view) + (stage.progressDeadline ?? Number.POSITIVE_INFINITY)
      : isInFlight(view, stage, now, wanted, state))
  const onWanted = (view: TargetView): boolean => view.assigned !== null && view.assigned.version === wanted
  const again = members.filter((view) => !isFailed(view) && isTriedAgain(view, stage, now, state))
  const unreachable = members.filter(
    (view) => !again.includes(view) && !view.reach.ok && !isFailed(view) && !done.includes(view) && !isKept(view) && !isUnderWay(view),
  )
  if (kind === 'members')
    return members.length > done.length + unreachable.length + again.length + members.filter(isFailed).length
      ? undefined
      : 'all have finished'
  if (kind === 'min-done') {
    const proof = proofOf(of, now, state)
    return proof.done < proof.demanded ? undefined : `${proof.done} are done`
  }
  if (kind === 'deferred')
    return typeof stage.maxDeferred !== 'number' || unreachable.length > stage.maxDeferred
      ? undefined
      : `${unreachable.length} are unreachable`
  const finished = Math.max(
    ...members.map((view) =>
      isFailed(view)
        ? (state.failed.find(({ target }) => target === view.id)?.at ?? 0)
        : done.includes(view)
          ? lastStep(view) + (wanted === null || !onWanted(view) || state.fastRollback ? 0 : (stage.minReady ?? 0))
          : 0,
    ),
  )
  return until === finished + (stage.soak ?? 0) ? undefined : `it finished at ${finished}`
}

/** A time as the sentences for people have it. */
const timeText = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** What a sentence says of a budget that is used up. */
const says = (message: string, used: number, limit: number): boolean =>
  limit === 0 ? message.includes(' is 0') : message.includes(`: ${used} of ${limit} `)

/**
 * Whether there is no room for a target beside those that go on: not for itself or, where the whole stage waits, not for the first of those that
 * are held likewise.
 */
function heldByWeight(
  view: TargetView,
  going: readonly TargetView[],
  most: number,
  message: string,
  of: StageOf | undefined,
  { held, updating }: RolloutPlan,
): boolean {
  if (!message.includes(most === 0 ? ' is 0' : ' by weight ')) return false
  const alike = [...held, ...updating.map(({ target, held: why }) => ({ target, message: why?.message }))].filter(
    (each) => each.message === message,
  )
  const waiting = of?.members.filter(({ id }) => alike.some(({ target }) => target === id)) ?? []
  const used = costOf(going, { weighted: true })
  const isOut = ({ weight = 1 }: TargetView): boolean => most === 0 || (weight > 0 && used > 0 && used + weight > most)
  return [view, ...waiting].some(isOut)
}

interface After extends StageOf {
  /** The members once the actions are carried out. */
  readonly after: readonly TargetView[]
}

/** What is not so about a reason. */
function lie(
  { reason, message, by, until }: HeldTarget,
  view: TargetView,
  input: RolloutInput,
  plan: RolloutPlan,
  state: RolloutState,
  of: After | undefined,
  targets: readonly TargetView[],
): string | undefined {
  const { now, strategy } = input
  const wanted = state.rid.version
  const unless = (is: boolean, what: string): string | undefined => (is ? undefined : what)
  const ends = (intervals: readonly number[]): string | undefined =>
    unless(until === (intervals.length === 0 ? undefined : Math.min(...intervals)), 'until another time')
  switch (reason) {
    case 'paused':
    case 'excluded':
      return unless(view.hold === reason, 'it is not')
    case 'pinned':
      return unless(typeof view.hold === 'object' && view.hold.pin !== (of === undefined ? null : wanted), 'it is not')
    case 'unreachable':
      return unless(!view.reach.ok && message.endsWith(timeText(view.reach.since)), 'it can be')
    case 'failed': {
      if (of !== undefined && goesBack(of.stage, view.id, state) && !input.paused && !input.aborted) {
        const { baseline } = state
        const had = Object.hasOwn(baseline.others, view.id) ? baseline.others[view.id] : baseline.version
        const can = view.reach.ok && view.hold === undefined && view.assigned?.version === wanted && had !== wanted
        if (can) return 'it is to get what it had'
      }
      if (message.includes('ready now') !== (isReady(view) && view.assigned?.version === wanted)) return 'it is not ready'
      // What goes wrong after the end is no failure of the rollout, and not recorded.
      const known = state.failed.find(({ target }) => target === view.id)
      const said = isReported(view) ? 'reported a failure' : view.reach.ok ? 'missed its deadline' : 'was unreachable'
      const late = of !== undefined && now >= lastStep(view) + (of.stage.progressDeadline ?? Number.POSITIVE_INFINITY)
      return unless(
        known !== undefined || (state.completedAt !== null && message.includes(said) && (isReported(view) || late)),
        'it did not',
      )
    }
    case 'retry': {
      const known = state.retries.find(({ target }) => target === view.id)
      if (known === undefined || of === undefined || state.halted !== null) return 'it is not tried again'
      const due = dueAt(of.stage, known)
      const said = message.endsWith(`retry ${known.count} of ${of.stage.retry?.limit} at ${timeText(due)}`)
      return unless(now < due && until === due && said, `it is at ${due}`)
    }
    case 'no-baseline':
      return unless(
        (state.halted !== null || (of !== undefined && goesBack(of.stage, view.id, state))) &&
          state.failed.some(({ target }) => target === view.id),
        'it did not fail',
      )
    case 'cohort-halted':
      return unless(
        by[0] !== undefined && state.cohorts.includes(by[0].slice(7)) && by[0] === `cohort:zone=${view.labels?.zone}`,
        'it is in none',
      )
    case 'rollout-paused':
      return unless(input.paused === true, 'it is not')
    case 'aborted':
      return unless(input.aborted === true, 'it is not')
    case 'halted':
      return unless(
        state.halted !== null &&
          (state.halted.code === 'check'
            ? message.includes(`check ${state.halted.check} `)
            : state.failed.length >= Number(/: (\d+) \(/.exec(message)?.[1])),
        'it is not',
      )
    case 'busy': {
      const end = (view.busy?.since ?? 0) + (view.busy?.maxAge ?? Number.POSITIVE_INFINITY)
      const said = message.includes(view.busy?.reason ?? '?') && (until === undefined || message.endsWith(timeText(until)))
      return unless(isBusy(view, now) && until === (Number.isFinite(end) ? end : undefined) && said, 'it is not, or until another time')
    }
    case 'dependency':
      return unless(input.dependencies?.[view.id]?.start?.every((part, at) => by[at] === part) === true, 'on nothing')
    case 'still-needed':
      return unless(input.dependencies?.[view.id]?.removal?.every((part, at) => by[at] === part) === true, 'by nothing')
    case 'frozen': {
      const active = (input.freezes ?? []).filter((freeze) => freeze.from <= now && now < freeze.to && isAbout(freeze, view))
      return unless(
        active.some(({ name, to }) => to === until && message === `frozen by ${name} until ${timeText(to)}`),
        'by no freeze',
      )
    }
    case 'window': {
      const shut = [windowsOf(input, view), of?.stage.windows].filter(
        (windows) => windows !== undefined && !windows.some(({ from, to }) => from <= now && now < to),
      )
      if (shut.length === 0) return 'all are open'
      if (!message.endsWith(until === undefined ? 'none opens any more' : timeText(until))) return 'says another time'
      const opens = Math.max(...shut.map((windows = []) => Math.min(...windows.map(({ from }) => from).filter((from) => from > now))))
      return ends(Number.isFinite(opens) ? [opens] : [])
    }
    case 'stage-closed':
      return unless(
        of !== undefined && !state.opened.some(({ stage }) => stage === of.stage.name) && state.completedAt === null,
        'it is open',
      )
    case 'deletions': {
      const removing = targets.filter(
        ({ assigned, observed }) =>
          assigned !== null && assigned.version === null && !(observed?.phase === 'absent' && observed.generation >= assigned.generation),
      )
      const most = floorAtLeastOne(strategy.maxDeletions ?? '10%', concerned(targets))
      // A removal that has missed its deadline no longer takes from the budget.
      const stages = stagesOf(input, state)
      const isLate = (removed: TargetView): boolean => {
        const stage = stages.find(({ members }) => members.some(({ id }) => id === removed.id))?.stage
        return stage !== undefined && now >= lastStep(removed) + (stage.progressDeadline ?? Number.POSITIVE_INFINITY)
      }
      // Where the removal is wanted, what is on record is that it has failed.
      const hasFailed = ({ id }: TargetView): boolean => wanted === null && state.failed.some(({ target }) => target === id)
      const used = removing.filter((removed) => !hasFailed(removed) && !isLate(removed)).length
      return unless(used >= most && says(message, used, most), `${used} go on`)
    }
    case 'concurrency': {
      if (of === undefined) return 'it is in no stage'
      const going = of.after.filter((each) => isInFlight(each, of.stage, now, wanted, state))
      const flying = going.length
      const most = mostOf(of.stage.maxConcurrency, of.members, of.stage)
      if (of.stage.weighted) return unless(heldByWeight(view, going, most, message, of, plan), `${flying} are updating`)
      return unless(flying >= most && says(message, flying, most), `${flying} are updating`)
    }
    case 'starts': {
      if (of?.stage.maxStarts === undefined) return 'it may always be started'
      const { limit, per } = of.stage.maxStarts
      const most = startsOf(limit, of.members, of.stage)
      const lately = of.after.filter((each) => wasStartedLately(each, of.stage, now))
      if (of.stage.weighted) return unless(heldByWeight(view, lately, most, message, of, plan), `${lately.length} were`)
      const times = of.after
        .flatMap((each) => (wasStartedLately(each, of.stage, now) ? [each.assigned?.at ?? 0] : []))
        .sort((a, b) => a - b)
      if (times.length < most) return `${times.length} were`
      if (most > 0 && !message.includes(`used up: ${times.length} of ${most} started`)) return 'it says another number'
      if (most === 0) return ends([])
      return ends([(times[times.length - most] as number) + per])
    }
    case 'unavailable': {
      if (of === undefined) return 'it is in no stage'
      const { within } = of.stage
      const group = of.after.filter(({ labels }) => within === undefined || labels?.[within] === view.labels?.[within])
      const down = group.filter(isUnavailable).length
      const most = mostOf(of.stage.maxUnavailable, group, of.stage)
      if (of.stage.weighted) return unless(heldByWeight(view, group.filter(isUnavailable), most, message, undefined, plan), `${down} are`)
      return unless(down >= most && says(message, down, most), `${down} are`)
    }
    case 'tolerance': {
      if (of === undefined || !of.stage.strict) return 'it is not strict'
      const { maxFailures } = of.stage
      if (typeof maxFailures !== 'number' || state.cohorts.length > 0) return undefined
      const failed = state.failed.filter((failure) => failure.stage === of.stage.name && failure.reason !== 'lost')
      const counted = failed.filter(
        ({ target }) => strategy.forgetDeselected !== true || targets.some(({ id, selected }) => id === target && selected !== false),
      )
      const flying = of.after.filter((each) => each.assigned?.version === wanted && isInFlight(each, of.stage, now, wanted, state)).length
      return unless(
        counted.length + flying > Math.min(maxFailures, Math.max(of.members.length, counted.length)),
        `${counted.length} failed, ${flying} may yet`,
      )
    }
    default:
      return `nothing is known of ${reason} in phase ${plan.phase}`
  }
}

const isReported = (view: TargetView): boolean => isOutcome(view) && view.observed?.phase === 'failed'

/** How many have the module, or are to have it. */
function concerned(targets: readonly TargetView[]): number {
  return targets.filter(({ selected, assigned, observed }) => {
    if (selected !== false) return true
    return assigned !== null && !(assigned.version === null && observed?.phase === 'absent' && observed.generation >= assigned.generation)
  }).length
}

/** What is not so about a movement. */
function falseUpdate(
  { to, since, deadline, soakingUntil }: UpdatingTarget,
  view: TargetView,
  { now }: RolloutInput,
  state: RolloutState,
  of: StageOf | undefined,
): string | undefined {
  const { assigned } = view
  if (assigned === null || assigned.version !== to || assigned.at !== since) return 'to something else'
  if (to === null || of === undefined) return undefined
  const { stage } = of
  if (!isInFlight(view, stage, now, state.rid.version, state)) return 'it is not'
  const ready = !isUnavailable(view) && view.reach.ok
  const onWanted = to === state.rid.version
  const end = lastStep(view) + (soakingUntil === undefined ? (stage.progressDeadline ?? Number.POSITIVE_INFINITY) : (stage.minReady ?? 0))
  if (soakingUntil !== undefined && !onWanted) return 'it soaks for nothing'
  if (ready && onWanted && soakingUntil === undefined) return 'it soaks already'
  return (soakingUntil ?? deadline ?? Number.POSITIVE_INFINITY) === end ? undefined : `until ${end}`
}
