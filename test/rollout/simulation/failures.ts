import type {
  FailureTolerance,
  RecordedFailure,
  RecordedRetry,
  RolloutInput,
  RolloutPlan,
  RolloutState,
  TargetView,
} from 'fleetkit/rollout'
import { isDone, isOutcome, lastStep, type StageOf, stagesOf } from './oracle.ts'
import type { Blame } from './properties.ts'

/** R5: what fails is put on record, and the rollout, or a label value, is stopped when that is too much, and only then. */
export function checkFailures(input: RolloutInput, prev: RolloutState | null, { state, events, phase }: RolloutPlan, blame: Blame): void {
  // Two attempts in one plan are two judgements.
  if (state === null || phase === 'Invalid' || events.findIndex(({ type }) => type === 'started') > 0) return
  const before = events.some(({ type }) => type === 'started') || prev === null ? undefined : prev
  const known = before?.failed ?? []
  const stages = stagesOf(input, state)
  const seen = stages.flatMap((of) =>
    of.members.flatMap((view) => failureOf(view, of, input.now, state, before?.completedAt ?? null, known)),
  )
  const tried = before?.retries ?? []
  const fresh = seen.filter((failure) => triedAgain(failure, input, before ?? null, stages) === undefined)
  const again = seen.flatMap((failure) => triedAgain(failure, input, before ?? null, stages) ?? [])
  const other = tried.filter(({ target }) => ![...fresh, ...again].some((failure) => failure.target === target))
  const inOrder = (retries: RolloutState['retries']): string =>
    JSON.stringify(retries.map(({ target, stage, reason, at, generation, count }) => [target, stage, reason, at, generation, count]).sort())
  if (inOrder(state.retries) !== inOrder([...other, ...again]))
    blame('R22', `tried again are ${inOrder(state.retries)}, not ${inOrder([...other, ...again])}`)
  const sorted = (failures: readonly RecordedFailure[]): string =>
    JSON.stringify(failures.map(({ target, stage, reason, at }) => [target, stage, reason, at]).sort())
  if (sorted(state.failed) !== sorted([...known, ...fresh]))
    blame('R5', `on record are ${sorted(state.failed)}, not ${sorted([...known, ...fresh])}`)

  const finishedIn = ({ stage, members }: StageOf, cohorts: readonly string[]): readonly TargetView[] =>
    members.filter(
      (view) =>
        !state.failed.some(({ target }) => target === view.id) &&
        !isStopped(view, cohorts) &&
        isDone(view, stage, input.now, state.rid.version, state.fastRollback),
    )
  checkCohorts(
    input,
    before,
    state,
    stages.flatMap((of) => finishedIn(of, [])),
    blame,
  )
  if (before?.halted != null) return

  const members = stages.flatMap((of) => of.members)
  const counted = state.failed.filter(({ target }) => {
    const view = members.find(({ id }) => id === target)
    return view === undefined ? input.strategy.forgetDeselected !== true : !isStopped(view, state.cohorts)
  })
  const stageNameOf = ({ target, stage }: RecordedFailure): string | undefined =>
    stages.some((of) => of.stage.name === stage) ? stage : stages.find((of) => of.members.some(({ id }) => id === target))?.stage.name
  const done = stages.map((of) => finishedIn(of, state.cohorts).length)
  const total = done.reduce((sum, count) => sum + count, 0)
  const tooMany = stages.some((of, at) => {
    const here = counted.filter((failure) => stageNameOf(failure) === of.stage.name)
    const lost = here.filter(({ reason }) => reason === 'lost').length
    const finished = (done[at] as number) + here.length
    return (
      exceeds(of.stage.maxFailures ?? 0, here.length - lost, finished, of.members.length) ||
      exceeds(of.stage.maxLost ?? 0, lost, finished, of.members.length)
    )
  })
  const { maxFailures } = input.strategy
  const reported = counted.filter(({ reason }) => reason !== 'lost').length
  const overAll = maxFailures !== undefined && exceeds(maxFailures, reported, total + counted.length, members.length)
  // A check halts by itself.
  if (state.halted?.code !== 'check' && (state.halted !== null) !== (tooMany || overAll))
    blame('R5', `${state.halted === null ? 'goes on' : 'halts'} with ${sorted(counted)}`)
}

function failureOf(
  view: TargetView,
  { stage }: StageOf,
  now: number,
  state: RolloutState,
  completedAt: number | null,
  known: readonly RecordedFailure[],
): RecordedFailure[] {
  const { assigned } = view
  const wanted = state.rid.version
  if (known.some(({ target }) => target === view.id) || assigned === null || assigned.version !== wanted) return []
  if (assigned.at < state.startedAt || completedAt !== null) return []
  const deadline = lastStep(view) + (stage.progressDeadline ?? Number.POSITIVE_INFINITY)
  const there = isOutcome(view) && view.observed?.phase === (wanted === null ? 'absent' : 'ready')
  const said = isOutcome(view) && view.observed?.phase === 'failed'
  if (!said && (there || now < deadline)) return []
  const reason = said ? 'failed' : view.reach.ok ? 'deadline' : 'lost'
  return [{ target: view.id, stage: stage.name, reason, at: said ? lastStep(view) : deadline }]
}

/** What is remembered of a failure after which the target is tried again; nothing when it has failed for good. */
function triedAgain(
  { target, stage, reason, at }: RecordedFailure,
  { targets }: RolloutInput,
  before: RolloutState | null,
  stages: readonly StageOf[],
): RecordedRetry | undefined {
  const { retry } = stages.find((of) => of.stage.name === stage)?.stage ?? {}
  const known = before?.retries.find((other) => other.target === target)
  const generation = targets.find(({ id }) => id === target)?.assigned?.generation as number
  if (retry === undefined) return undefined
  if (known !== undefined && generation <= known.generation) return known
  const count = (known?.count ?? 0) + 1
  if (reason === 'lost' || before?.halted != null || count > retry.limit) return undefined
  return { target, stage, reason, at, generation, count }
}

const isStopped = ({ labels }: TargetView, cohorts: readonly string[]): boolean => cohorts.includes(`zone=${labels?.zone}`)

function exceeds(tolerance: FailureTolerance, failed: number, finished: number, members: number): boolean {
  if (typeof tolerance === 'object') return finished >= tolerance.minSample && failed / finished > tolerance.percent / 100
  if (tolerance === 'all') return false
  return failed > (typeof tolerance === 'number' ? tolerance : Math.floor((Number(tolerance.slice(0, -1)) * members) / 100))
}

/** A value is stopped when its share of failures is too large and that of the others is not. */
function checkCohorts(
  { strategy, targets }: RolloutInput,
  before: RolloutState | undefined,
  state: RolloutState,
  done: readonly TargetView[],
  blame: Blame,
): void {
  const { correlate } = strategy
  if (correlate === undefined || before?.halted != null) return
  const failed = targets.filter(({ id, selected }) => selected !== false && state.failed.some(({ target }) => target === id))
  const gathers = (cohort: string, stopped: readonly string[]): boolean => {
    const split = (views: readonly TargetView[]): readonly [number, number] => {
      const left = views.filter((view) => !isStopped(view, stopped))
      const here = left.filter((view) => isStopped(view, [cohort])).length
      return [here, left.length - here]
    }
    const [[bad, badOthers], [good, goodOthers]] = [split(failed), split(done)]
    const others = badOthers + goodOthers
    return (
      bad + good >= correlate.minSample &&
      bad / (bad + good) > correlate.percent / 100 &&
      others > 0 &&
      badOthers / others <= correlate.percent / 100
    )
  }
  const old = before?.cohorts ?? []
  for (const [at, cohort] of state.cohorts.entries()) {
    if (!old.includes(cohort) && !gathers(cohort, state.cohorts.slice(0, at))) blame('R5', `${cohort} is stopped without need`)
  }
  for (const zone of ['1', '2']) {
    const cohort = `zone=${zone}`
    if (!state.cohorts.includes(cohort) && state.failed.length > 0 && gathers(cohort, state.cohorts))
      blame('R5', `${cohort} is not stopped`)
  }
}
