import {
  carryOut,
  type RolloutEvent,
  type RolloutInput,
  type RolloutPlan,
  type RolloutState,
  replay,
  type Stage,
  type TargetView,
} from 'fleetkit/rollout'
import { asksForSuccess, checkChecks, hasSucceeded, unpassed } from './checks.ts'
import { checkExplanations, checkPhase } from './explanations.ts'
import { checkFailures } from './failures.ts'
import {
  costOf,
  goesBack,
  isAbout,
  isBusy,
  isDone,
  isInFlight,
  isTriedAgain,
  isUnavailable,
  isWithin,
  mostOf,
  proofOf,
  type StageOf,
  stagesOf,
  startsOf,
  wasStartedLately,
  windowsOf,
} from './oracle.ts'
import type { Random } from './random.ts'

/** What is judged: the planner itself, or one with a bug put in on purpose. */
export type Planner = (input: RolloutInput, prev: RolloutState | null) => RolloutPlan
/** Says that a property does not hold. */
export type Blame = (property: string, detail: string) => void

const text = (value: unknown): string => JSON.stringify(value)
const setsOf = ({ actions }: RolloutPlan): readonly (RolloutPlan['actions'][number] & { readonly set: string })[] =>
  actions.flatMap((action) => ('set' in action ? [action] : []))

/** What holds of every single plan. */
export function checkPlan(input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  if (plan.phase === 'Invalid') return
  const views = new Map(input.targets.map((view) => [view.id, view]))
  const named = [...plan.actions, ...plan.updating, ...plan.held].map(({ target }) => target).concat(plan.done)
  if (text(named.toSorted()) !== text([...views.keys()].sort()))
    blame('P9', `not a partition: ${named.toSorted()} of ${[...views.keys()].sort()}`)
  const said = plan.events.flatMap((event) => (event.type === 'set' || event.type === 'removed' ? [event.target] : []))
  if (text(said) !== text(plan.actions.map(({ target }) => target))) blame('P23', `logged is ${said}`)
  for (const { reason, message, until, by } of plan.held) {
    if (reason === undefined || message.length < 5 || by.length === 0 || (until !== undefined && until <= input.now))
      blame('P9', `${reason} ${message} ${until}`)
  }
  checkStages(input, plan, blame)
  checkTaken(input, prev, plan, blame)
  checkExplanations(input, plan, blame)
  checkPhase(input, plan, blame)
  checkFailures(input, prev, plan, blame)
  checkChecks(input, prev, plan, blame)
  checkLegal(input, plan, views, blame)
  checkWindows(input, plan, views, blame)
  checkBudgets(input, plan, blame)
  if (prev !== null) checkMonotone(prev, plan, blame)
  checkGates(input, plan, blame)
  checkTolerance(input, prev, plan, blame)
}

/** Each target is said to be in the stage that takes it, and those of a stage are started in its order. */
function checkStages(input: RolloutInput, plan: RolloutPlan, blame: Blame): void {
  const stages = stagesOf(input, plan.state)
  const stageOf = new Map(stages.flatMap(({ stage, members }) => members.map(({ id }) => [id, stage.name])))
  for (const { target, stage } of [...plan.actions, ...plan.updating, ...plan.held]) {
    const right = stageOf.get(target) ?? null
    if (stage !== right) blame('R1', `${target} is said to be in ${stage}, and is in ${right}`)
  }
  for (const { stage, members } of stages) {
    const ranks = new Map(
      members.map((view, at) => [
        view.id,
        (isInFlight(view, stage, input.now, plan.state?.rid.version ?? null, plan.state) ? 0 : isUnavailable(view) ? 1 : 2) *
          members.length +
          at,
      ]),
    )
    const started = plan.actions.filter((action) => action.stage === stage.name).map(({ target }) => ranks.get(target) as number)
    if (started.some((rank, at) => at > 0 && rank < (started[at - 1] as number)))
      blame('R2', `${stage.name} is started in the order ${started}`)
  }
}

/** A stage with a limit says whom it takes when it begins: those that are its members without any word of before. */
function checkTaken(input: RolloutInput, prev: RolloutState | null, { events }: RolloutPlan, blame: Blame): void {
  // What comes before a beginning was decided about another attempt.
  const begun = events.findLastIndex(({ type }) => type === 'started')
  const opened = begun === -1 ? [...(prev?.opened ?? [])] : []
  for (const event of events.slice(begun + 1)) {
    if (event.type !== 'opened') continue
    const of = stagesOf(input, { opened }).find(({ stage }) => stage.name === event.stage)
    const takes = (of?.stage.limit ?? 'all') === 'all' || event.stage === 'rest' ? undefined : of?.members.map(({ id }) => id)
    if (text(event.took) !== text(takes)) blame('R1', `${event.stage} takes ${event.took}, not ${takes}`)
    opened.push({ stage: event.stage, at: event.at, ...(event.took && { took: event.took }) })
  }
}

/** Whether a target is to get what it had: after a halt, or since its stage says so of those that failed. */
function mayRevert(target: string, input: RolloutInput, { state }: RolloutPlan): boolean {
  const of = stagesOf(input, state).find(({ members }) => members.some(({ id }) => id === target))
  if (state === null || of === undefined || state.fastRollback) return false
  return state.halted !== null || goesBack(of.stage, target, state)
}

function checkLegal(input: RolloutInput, plan: RolloutPlan, views: ReadonlyMap<string, TargetView>, blame: Blame): void {
  const failed = new Set(plan.state?.failed.map(({ target }) => target))
  for (const action of plan.actions) {
    const view = views.get(action.target)
    const path = input.dependencies?.[action.target]
    const says = (detail: string): void => blame('P13', `${action.target}: ${detail}`)
    if (view === undefined || !view.reach.ok) says('unreachable')
    if ('set' in action ? path?.start !== undefined : path?.removal !== undefined) says('dependency')
    const pinned = typeof view?.hold === 'object' && 'set' in action && view.hold.pin === action.set
    if (view?.hold !== undefined && !pinned) says('on hold')
    if (isBusy(view, input.now)) says('busy')
    if ('set' in action && action.why === 'revert' && !mayRevert(action.target, input, plan)) says('reverted')
    if ('set' in action && action.why !== 'revert' && failed.has(action.target)) says('failed')
    const stopped = input.paused || input.aborted || plan.state?.halted
    if ('set' in action && action.why !== 'revert' && stopped) blame('P14', `${action.target} was started`)
    if (input.paused) blame('P14', `${action.target} was touched while paused`)
  }
  // What comes before a beginning was decided about another attempt.
  const events = plan.events.slice(plan.events.findLastIndex(({ type }) => type === 'started') + 1)
  if ((input.paused || input.aborted || plan.state?.halted) && events.some(({ type }) => type === 'opened')) {
    const opened = events.findIndex(({ type }) => type === 'opened')
    const halted = events.findIndex(({ type }) => type === 'halted')
    if (halted === -1 || halted < opened) blame('P14', 'a stage began')
  }
}

function checkWindows(input: RolloutInput, plan: RolloutPlan, views: ReadonlyMap<string, TargetView>, blame: Blame): void {
  if (input.emergency !== undefined) return
  const inside = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from <= input.now && input.now < to
  for (const action of plan.actions) {
    const stage = stagesOf(input, plan.state).find(({ stage: { name } }) => name === action.stage)?.stage
    const view = views.get(action.target) as TargetView
    const open = [windowsOf(input, view), stage?.windows].every((windows) => windows === undefined || windows.some(inside))
    const frozen = input.freezes?.some((freeze) => inside(freeze) && isAbout(freeze, view))
    if (!open || frozen) blame('P22', `${action.target} at ${input.now}`)
  }
}

/** The input once the actions are carried out. */
export function carriedOut(input: RolloutInput, { actions }: RolloutPlan): RolloutInput {
  return { ...input, targets: carryOut(input.targets, actions, input.now) }
}

function checkBudgets(input: RolloutInput, plan: RolloutPlan, blame: Blame): void {
  const wanted = plan.state?.rid.version ?? null
  const after = new Map(carriedOut(input, plan).targets.map((view) => [view.id, view]))
  for (const { stage, members } of stagesOf(input, plan.state)) {
    const sets = setsOf(plan).filter((action) => action.stage === stage.name)
    if (sets.length === 0) continue
    const now = (view: TargetView): TargetView => after.get(view.id) as TargetView
    const flying = (view: TargetView): boolean => isInFlight(view, stage, input.now, wanted, plan.state)
    const inFlight = members.filter(flying)
    const inFlightAfter = members.filter((view) => flying(now(view)))
    const limit = mostOf(stage.maxConcurrency, members, stage)
    const isMore = costOf(inFlightAfter, stage) > costOf(inFlight, stage)
    if (isMore && !isWithin(inFlightAfter, limit, stage)) blame('P5', `${stage.name}: ${inFlightAfter.length} updating, ${limit} may be`)
    // A removal counts, and waits for no place.
    const startedNow = (view: TargetView): TargetView => (now(view).assigned?.version === null ? view : now(view))
    const lately = (view: TargetView): boolean => wasStartedLately(view, stage, input.now)
    const [startsBefore, starts] = [members.filter(lately), members.map(startedNow).filter(lately)]
    const rate = startsOf(stage.maxStarts?.limit, members, stage)
    if (costOf(starts, stage) > costOf(startsBefore, stage) && !isWithin(starts, rate, stage))
      blame('R3', `${stage.name}: ${starts.length} were started lately, ${rate} may be`)
    const groups = Map.groupBy(members, ({ labels }) => (stage.within === undefined ? undefined : labels?.[stage.within]))
    for (const group of groups.values()) {
      const most = mostOf(stage.maxUnavailable, group, stage)
      const before = group.filter(isUnavailable)
      const unavailable = group.filter((view) => isUnavailable(now(view)))
      if (costOf(unavailable, stage) > costOf(before, stage) && !isWithin(unavailable, most, stage))
        blame('P4', `${stage.name}: ${unavailable.length} unavailable, ${most} may be`)
    }
    const removals = plan.actions.filter((action) => !('set' in action)).length
    if (removals > 0 && stage.strict && plan.state?.halted === null && removals > members.length + input.targets.length)
      blame('P4', 'removals')
    if (stage.strict && typeof stage.maxFailures === 'number' && sets.some(({ set, why }) => set === wanted && why !== 'revert')) {
      const counts = (id: string): boolean => !input.strategy.forgetDeselected || members.some((view) => view.id === id)
      const failed =
        plan.state?.failed.filter((failure) => failure.stage === stage.name && failure.reason !== 'lost' && counts(failure.target))
          .length ?? 0
      const ways = members.filter((view) => now(view).assigned?.version === wanted && flying(now(view))).length
      const stopped = (plan.state?.cohorts.length ?? 0) > 0
      if (!stopped && failed + ways > stage.maxFailures + 1)
        blame('P6', `${failed} failed, ${ways} may yet, ${stage.maxFailures} tolerated`)
    }
  }
}

function checkMonotone(prev: RolloutState, { state }: RolloutPlan, blame: Blame): void {
  if (state === null || text(state.rid) !== text(prev.rid)) return
  if (!prev.opened.every((opened, at) => text(opened) === text(state.opened[at])))
    blame('P7', `a stage closed, or whom it took is forgotten: ${text(prev.opened)} is ${text(state.opened)}`)
  const failed = new Set(state.failed.map(({ target }) => target))
  if (!prev.failed.every(({ target }) => failed.has(target))) blame('P7', 'a failure was forgotten')
  if (prev.halted !== null && state.halted === null) blame('P7', 'a halt was forgotten')
  const isKnown = (target: string, count: number): boolean => state.retries.some((now) => now.target === target && now.count >= count)
  if (!prev.retries.every(({ target, count }) => failed.has(target) || isKnown(target, count))) blame('P7', 'a retry was forgotten')
}

function checkGates(input: RolloutInput, { state, events }: RolloutPlan, blame: Blame): void {
  const stages = stagesOf(input, state)
  const wanted = state?.rid.version ?? null
  const failed = new Set(state?.failed.map(({ target }) => target))
  const stopped = ({ labels = {} }: TargetView): boolean => state?.cohorts.includes(`zone=${labels.zone}`) === true
  // What comes before a beginning was decided about another attempt.
  const begun = events.findLastIndex(({ type }) => type === 'started')
  for (const event of events.slice(begun + 1)) {
    if (event.type === 'opened') checkApprovals(event, input, stages, state, blame)
    if (event.type !== 'opened' && event.type !== 'completed') continue
    const at = event.type === 'completed' ? stages.length : stages.findIndex(({ stage: { name } }) => name === event.stage)
    const before = stages[at - 1]
    for (const view of before?.members ?? []) {
      const fastRollback = state?.fastRollback === true
      const inFlight = isInFlight(view, before?.stage ?? { name: '' }, input.now, wanted, state) && view.assigned?.version === wanted
      const again = before !== undefined && state !== null && isTriedAgain(view, before.stage, input.now, state)
      if (again && event.type === 'opened') continue
      if (failed.has(view.id) || (!inFlight && (stopped(view) || view.hold !== undefined || !view.reach.ok))) continue
      if (!isDone(view, before?.stage ?? { name: '' }, input.now, wanted, fastRollback))
        blame('P8', `${view.id} is not done when ${before?.stage.name} is`)
    }
    const proof = before === undefined || state === null ? undefined : proofOf(before, input.now, state)
    if (proof !== undefined && proof.done < proof.demanded)
      blame('P8', `${before?.stage.name} is complete with ${proof.done} of ${proof.demanded}`)
    if (before !== undefined && state !== null && asksForSuccess(before, state) && !hasSucceeded(before, input.now, state))
      blame('R6', `${before.stage.name} is complete without the success of each`)
    const open = before === undefined || state === null ? [] : unpassed(input, state, before)
    if (open.length > 0) blame('R21', `${before?.stage.name} is complete, and waits for ${open}`)
  }
}

/** A stage that asks for approvals begins when enough people have given theirs to this attempt, and not taken it back. */
function checkApprovals(
  { stage: name, approvedBy }: Extract<RolloutEvent, { readonly type: 'opened' }>,
  { approvals = [], now }: RolloutInput,
  stages: readonly StageOf[],
  state: RolloutState | null,
  blame: Blame,
): void {
  const of = stages.find(({ stage }) => stage.name === name)
  // Where there is nothing to start, there is nothing to approve.
  const needed = state?.fastRollback === true || of === undefined || of.members.length === 0 ? 0 : (of.stage.approvals ?? 0)
  const given = approvals.filter(
    ({ rid, stage, at, revokedAt }) =>
      stage === name && text(rid) === text(state?.rid) && at <= now && (revokedAt === undefined || now < revokedAt),
  )
  const people = [...new Set(given.map(({ actor }) => actor))].sort()
  if (people.length < needed || text(approvedBy) !== text(needed === 0 ? [] : people))
    blame('R13', `${name} begins on the word of ${approvedBy}, and has that of ${people}`)
}

/** A halt needs more failures than are tolerated. */
function checkTolerance(input: RolloutInput, prev: RolloutState | null, { state, events }: RolloutPlan, blame: Blame): void {
  const halt = events.find((event) => event.type === 'halted')
  if (halt === undefined || state === null || prev?.halted) return
  const stage = stagesOf(input, state).find(({ stage: { name } }) => name === halt.halt.stage)?.stage
  if (halt.halt.code !== 'failures' || typeof stage?.maxFailures !== 'number') return
  if ((halt.failed ?? 0) <= stage.maxFailures) blame('P6', `halted by ${halt.failed} failures, ${stage.maxFailures} tolerated`)
}

/** What holds between plans of inputs that differ in a known way. Each is made only now and then: there are many steps. */
export function checkRelations(
  planner: Planner,
  input: RolloutInput,
  prev: RolloutState | null,
  plan: RolloutPlan,
  random: Random,
  blame: Blame,
): void {
  if (plan.phase === 'Invalid') return
  // The others go by stages, which are those of a track: they are looked at in one.
  switch (input.strategy.tracks === undefined ? random.below(9) : random.pick([0, 1, 2, 3, 8])) {
    case 0:
      if (text(planner({ ...input, targets: structuredClone(input.targets) as TargetView[] }, prev)) !== text(plan))
        blame('P1', 'another plan')
      return
    case 1:
      checkOrder(planner, input, prev, plan, random, blame)
      return
    case 2:
    case 3:
      checkWake(planner, input, plan, random, blame)
      return
    case 4:
      checkPrefix(planner, input, prev, plan, blame)
      return
    case 5:
      checkChurn(planner, input, prev, plan, blame)
      return
    case 6: {
      const lost = planner(input, null)
      const as = (property: string, detail: string): void => {
        if (['P4', 'P5', 'P13', 'P14', 'P22'].includes(property)) blame('P16', `${property} ${detail}`)
      }
      checkPlan(input, null, lost, as)
      return
    }
    case 7:
      checkNames(planner, input, prev, plan, blame)
      return
    default:
      checkShift(planner, input, prev, plan, blame)
      return
  }
}

/** P3, of each step. */
export function checkIdempotence(planner: Planner, input: RolloutInput, plan: RolloutPlan, blame: Blame): void {
  if (plan.phase === 'Invalid') return
  const again = planner(carriedOut(input, plan), plan.state)
  if (again.actions.length > 0) blame('P3', `again: ${text(again.actions)}`)
  else if (text(again.state) !== text(plan.state)) blame('P3', `state: ${text(plan.state)} then ${text(again.state)}`)
}

function checkOrder(
  planner: Planner,
  input: RolloutInput,
  prev: RolloutState | null,
  plan: RolloutPlan,
  random: Random,
  blame: Blame,
): void {
  const shuffled = {
    ...input,
    targets: random.shuffle(input.targets),
    approvals: random.shuffle(input.approvals ?? []),
    verdicts: random.shuffle(input.verdicts ?? []),
    freezes: random.shuffle(input.freezes ?? []),
    targetWindows: random.shuffle(input.targetWindows ?? []),
  }
  if (text(planner(shuffled, prev)) !== text(plan)) blame('P2', 'the order of the input matters')
}

function checkWake(planner: Planner, input: RolloutInput, plan: RolloutPlan, random: Random, blame: Blame): void {
  const after = carriedOut(input, plan)
  const now = planner(after, plan.state)
  const end = now.nextWakeAt ?? input.now + 200
  for (const at of [input.now + 1, end - 1, input.now + random.below(Math.max(1, end - input.now))]) {
    if (at <= input.now || at >= end) continue
    const then = planner({ ...after, now: at }, now.state)
    if (text(then) !== text(now)) blame('P10', `at ${at}, between ${input.now} and ${now.nextWakeAt}: ${text(now)} is ${text(then)}`)
  }
}

function checkPrefix(planner: Planner, input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  const stages = input.strategy.stages.map((stage) => ({
    ...stage,
    maxConcurrency: typeof stage.maxConcurrency === 'number' && stage.maxConcurrency > 0 ? stage.maxConcurrency + 1 : stage.maxConcurrency,
  }))
  const wider = planner({ ...input, strategy: { ...input.strategy, stages } }, prev)
  for (const { stage } of stagesOf(input, plan.state)) {
    const of = (of: RolloutPlan): readonly string[] => setsOf(of).flatMap((action) => (action.stage === stage.name ? [action.target] : []))
    const [narrow, wide] = [of(plan), of(wider)]
    if (text(wide.slice(0, narrow.length)) !== text(narrow)) blame('P12', `${narrow} is not the beginning of ${wide}`)
  }
}

/** Shares are left out: they are another number among fewer targets. */
function checkChurn(planner: Planner, input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  const { strategy } = input
  const ofFinished = strategy.correlate !== undefined || strategy.stages.some(({ maxFailures }) => typeof maxFailures === 'object')
  // Where a stage that has not begun takes only some, another comes in for the one that is gone.
  const isOpen = ({ name }: Stage): boolean => prev?.opened.some(({ stage }) => stage === name) === true
  const shares =
    ofFinished ||
    String(strategy.maxFailures).endsWith('%') ||
    strategy.stages.some((stage) => (stage.limit !== undefined && !isOpen(stage)) || JSON.stringify(stage).includes('%"'))
  const [gone] = plan.done
  if (shares || gone === undefined || prev === null || plan.events.some(({ type }) => type === 'opened' || type === 'started')) return
  const fewer = planner({ ...input, targets: input.targets.filter(({ id }) => id !== gone) }, prev)
  // It was the last of its stage: the next one begins, and its targets are there to go first.
  if (fewer.events.some(({ type }) => type === 'opened')) return
  // It was the last that a check waited for: without it nothing is judged, and nothing reverts.
  if (plan.events.some((event) => event.type === 'halted' && event.halt.code === 'check')) return
  const started = new Set(fewer.actions.map(({ target }) => target))
  for (const { target } of setsOf(plan)) if (!started.has(target)) blame('P15', `without ${gone}, ${target} does not start`)
}

const brief = ({ actions, done, held, updating, phase, nextWakeAt }: RolloutPlan, name: (id: string) => string): string =>
  text([
    actions.map((action) => ({ ...action, target: name(action.target) })),
    done.map(name),
    updating.map(({ target }) => name(target)),
    held.map(({ target, reason }) => [name(target), reason]),
    phase,
    nextWakeAt,
  ])

function checkNames(planner: Planner, input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  const name = (id: string): string => `~${id}`
  const keys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [name(key), value]))
  const renamed = planner(
    { ...input, targets: input.targets.map((view) => ({ ...view, id: name(view.id) })), dependencies: keys(input.dependencies ?? {}) },
    prev === null
      ? null
      : {
          ...prev,
          opened: prev.opened.map((opened) => (opened.took ? { ...opened, took: opened.took.map(name) } : opened)),
          failed: prev.failed.map((failure) => ({ ...failure, target: name(failure.target) })),
          retries: prev.retries.map((retry) => ({ ...retry, target: name(retry.target) })),
          baseline: { ...prev.baseline, others: keys(prev.baseline.others) },
        },
  )
  if (brief(renamed, (id) => id) !== brief(plan, name)) blame('P20', 'names matter by more than their order')
}

function checkShift(planner: Planner, input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  const by = 12_345
  const shiftAll = <T>(value: T): T =>
    JSON.parse(text(value), (key, inner) =>
      typeof inner === 'number' &&
      ['now', 'at', 'since', 'from', 'to', 'revokedAt', 'startedAt', 'completedAt', 'waitingSince'].includes(key)
        ? inner + by
        : inner,
    ) as T
  const shifted = planner(shiftAll(input), shiftAll(prev))
  const then = shifted.nextWakeAt === null ? null : shifted.nextWakeAt - by
  if (brief({ ...shifted, nextWakeAt: then }, (id) => id) !== brief(plan, (id) => id)) blame('P21', 'the time of day matters')
}

/** P23: the log adds up to the state. */
export function checkLog(log: readonly RolloutEvent[], state: RolloutState | null, blame: Blame): void {
  if (text(replay(log)) !== text(state)) blame('P23', `${text(replay(log))} is not ${text(state)}`)
}
