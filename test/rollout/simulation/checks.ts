import type { RolloutInput, RolloutPlan, RolloutState, TargetView, Verdict } from 'fleetkit/rollout'
import { awaitsRetry, isDone, isInFlight, isKept, lastStep, type StageOf, stagesOf } from './oracle.ts'
import type { Blame } from './properties.ts'

/** R6: whether a stage is complete only when each of its members is done. */
export const asksForSuccess = ({ stage }: StageOf, { fastRollback }: RolloutState): boolean =>
  stage.requireSuccess === true && !fastRollback

/** Whether each member that counts is done, and one at least. */
export function hasSucceeded({ stage, members }: StageOf, now: number, state: RolloutState): boolean {
  const { version } = state.rid
  const isGood = (view: TargetView): boolean =>
    !state.failed.some(({ target }) => target === view.id) && isDone(view, stage, now, version, state.fastRollback)
  const isStopped = ({ labels = {} }: TargetView): boolean => state.cohorts.includes(`zone=${labels.zone}`)
  // Those that have failed, wait for their retry, or are updating to the wanted version count all the same.
  const isTried = (view: TargetView): boolean =>
    state.failed.some(({ target }) => target === view.id) ||
    awaitsRetry(view, stage, now, state) ||
    (view.assigned?.version === version && isInFlight(view, stage, now, version, state))
  const isOut = (view: TargetView): boolean =>
    !isTried(view) && (view.hold === 'excluded' || (isStopped(view) && !isKept(view, version) && view.reach.ok))
  const counted = members.filter((view) => isGood(view) || !isOut(view))
  return counted.length > 0 && counted.every(isGood)
}

/** The last word on a check of this attempt from then on; of two at once, the worse. */
function lastWord(input: RolloutInput, state: RolloutState, stage: string, check: string, from: number): Verdict['verdict'] | undefined {
  const rank = { pass: 0, pending: 1, fail: 2 }
  const words = (input.verdicts ?? []).filter(
    (word) =>
      word.stage === stage &&
      word.check === check &&
      word.rid.version === state.rid.version &&
      word.rid.nonce === state.rid.nonce &&
      word.at >= Math.max(from, state.startedAt) &&
      word.at <= input.now,
  )
  return words.toSorted((a, b) => b.at - a.at || rank[b.verdict] - rank[a.verdict])[0]?.verdict
}

const isAsked = ({ rid, fastRollback }: RolloutState): boolean => rid.version !== null && !fastRollback

/** When the last member that is done or failed finished; `undefined` when none has. */
function finishedAt({ stage, members }: StageOf, now: number, state: RolloutState): number | undefined {
  const times = members.flatMap((view) => {
    const failure = state.failed.find(({ target }) => target === view.id)
    if (failure !== undefined) return [failure.at]
    const soaked = view.assigned?.version === state.rid.version && !state.fastRollback ? (stage.minReady ?? 0) : 0
    return isDone(view, stage, now, state.rid.version, state.fastRollback) ? [lastStep(view) + soaked] : []
  })
  return times.length === 0 ? undefined : Math.max(...times)
}

/** The checks that have not passed since the members finished. */
export function unpassed(input: RolloutInput, state: RolloutState, of: StageOf): readonly string[] {
  const since = finishedAt(of, input.now, state)
  if (!isAsked(state) || since === undefined) return []
  const names = (of.stage.checks ?? []).map(({ name }) => name)
  return names.filter((name) => lastWord(input, state, of.stage.name, name, since) !== 'pass')
}

/** R21: a check that fails, or is waited for too long, halts; nothing else is said to be halted by a check. */
export function checkChecks(input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  const { state, events, gates } = plan
  if (state === null || plan.phase === 'Invalid' || events.findIndex(({ type }) => type === 'started') > 0) return
  const stages = stagesOf(input, state)
  const isOpen = (name: string): boolean => state.opened.some(({ stage }) => stage === name)
  const began = events.some(({ type }) => type === 'started')
  const before = began ? null : prev
  const failing = stages.flatMap(({ stage }) =>
    (stage.checks ?? []).filter(({ name }) => isOpen(stage.name) && lastWord(input, state, stage.name, name, 0) === 'fail'),
  )
  const over = state.completedAt !== null || before?.halted != null || !isAsked(state)
  if (!over && failing.length > 0 && state.halted === null) blame('R21', `${failing[0]?.name} has failed, and the rollout goes on`)
  for (const gate of gates.filter(({ kind }) => kind === 'check')) {
    const of = stages.find(({ stage }) => stage.name === gate.stage) as StageOf
    const check = of.stage.checks?.find(({ name }) => name === gate.check)
    const due = (finishedAt(of, input.now, state) ?? 0) + (of.stage.soak ?? 0) + (check?.maxPending ?? Number.POSITIVE_INFINITY)
    if (!unpassed(input, state, of).includes(gate.check ?? '')) blame('R21', `${gate.check} has passed`)
    if (input.now >= due && state.halted === null) blame('R21', `${gate.check} is waited for since ${due}`)
    if (gate.until !== (input.now >= due || due === Number.POSITIVE_INFINITY ? undefined : due))
      blame('R21', `until ${gate.until}, not ${due}`)
  }
  const { halted } = state
  if (halted === null || halted.code !== 'check' || before?.halted != null) return
  const of = stages.find(({ stage }) => stage.name === halted.stage)
  const check = of?.stage.checks?.find(({ name }) => name === halted.check)
  if (of === undefined || check === undefined || !isOpen(of.stage.name)) blame('R21', `halted by ${halted.check}, which is not asked for`)
  else if (halted.verdict === 'fail') {
    if (lastWord(input, state, of.stage.name, check.name, 0) !== 'fail') blame('R21', `halted by ${check.name}, which did not fail`)
  } else {
    const since = finishedAt(of, input.now, state)
    const due = (since ?? 0) + (of.stage.soak ?? 0) + (check.maxPending ?? Number.POSITIVE_INFINITY)
    const word = lastWord(input, state, of.stage.name, check.name, since ?? 0)
    if (since === undefined || input.now < due || (word ?? 'none') !== halted.verdict)
      blame('R21', `halted by ${check.name}, which may yet pass`)
  }
}
