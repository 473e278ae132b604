import type { RolloutId, RolloutInput, RolloutPlan, RolloutState, TargetView } from 'fleetkit/rollout'
import type { Blame, Planner } from './properties.ts'

const same = (a: RolloutId, b: RolloutId): boolean => a.version === b.version && a.nonce === b.nonce
const text = (value: unknown): string => JSON.stringify(value)

/** R9, R10, R7: when an attempt begins, whether it is a fast rollback, and what it remembers of the targets. */
export function checkBeginning(planner: Planner, input: RolloutInput, prev: RolloutState | null, plan: RolloutPlan, blame: Blame): void {
  const { state, events, gates } = plan
  if (state === null || plan.phase === 'Invalid') return
  const wanted = { version: input.module.version, nonce: input.module.nonce ?? '' }
  const begun = events.find((event) => event.type === 'started')
  if (prev !== null && same(wanted, prev.rid)) {
    if (begun !== undefined) blame('R9', 'what runs already begins again')
    if (state.queued !== null) blame('R9', 'something else is still queued')
    return
  }
  const back = prev !== null && isBack(input, prev)
  const wait = prev === null || back ? undefined : waitFor(input, prev)
  if (prev !== null && wait !== undefined) {
    // What was to be done about the attempt that runs says whether it is over.
    const running = planner({ ...input, module: { ...input.module, ...prev.rid } }, prev)
    const over = running.state?.halted !== null || running.state.completedAt !== null
    const finished = input.strategy.supersede?.mode === 'finishStage' && !running.gates.some(({ kind }) => kind === 'members')
    const goes = over || (running.phase !== 'Paused' && (running.phase !== 'Running' || finished))
    if (goes !== (begun !== undefined))
      blame('R9', `${text(wanted)} ${goes ? 'waits' : 'does not wait'} for ${running.phase} ${text(wait)}`)
    if (begun === undefined) {
      const gate = gates.find(({ kind }) => kind === 'queue')
      if (state.queued === null || !same(state.queued, wanted) || gate === undefined) blame('R9', `${text(wanted)} is not queued`)
      if (gate?.until !== wait.until) blame('R9', `it is queued until ${gate?.until}, not ${wait.until}`)
      if (wait.until !== undefined && (plan.nextWakeAt ?? Number.POSITIVE_INFINITY) > wait.until)
        blame('R9', 'there is no wake-up when it may begin')
      if (text(running.actions) !== text(plan.actions)) blame('R9', 'the attempt that runs goes another way when one is queued')
      return
    }
  }
  if (begun === undefined || !same(state.rid, wanted)) {
    blame('R9', `${text(wanted)} does not begin`)
    return
  }
  if (begun.fastRollback !== back)
    blame('R10', `${begun.fastRollback ? 'fastRollback' : 'the long way'}: ${text(wanted)} after ${text(prev)}`)
  const counted = prev !== null && prev.completedAt === null && prev.rid.version !== wanted.version && !back
  const before = events.some(({ type }, at) => type === 'completed' && at < events.indexOf(begun))
  if (!before && state.completedAt === null && state.supersedes !== (prev?.supersedes ?? 0) + (counted ? 1 : 0))
    blame('R9', `${state.supersedes} supersedes after ${prev?.supersedes}`)
  checkBaseline(input, before ? { ...(prev as RolloutState), completedAt: input.now } : prev, state, blame)
}

/** A version that was good before, or the one that an unfinished rollout began from. */
function isBack({ module: { version }, strategy }: RolloutInput, prev: RolloutState): boolean {
  if (strategy.fastRollback === false || version === null || version === prev.rid.version) return false
  return prev.history.includes(version) || (prev.completedAt === null && prev.baseline.version === version)
}

/** What an attempt has to wait for that is wanted while another runs; nothing for `undefined`. */
function waitFor(input: RolloutInput, prev: RolloutState): { readonly until?: number | undefined } | undefined {
  const { mode = 'supersede', maxSupersedes = Number.POSITIVE_INFINITY, minRunTime = 0 } = input.strategy.supersede ?? {}
  if (prev.completedAt !== null || prev.halted !== null || input.module.version === prev.rid.version) return undefined
  if (mode !== 'supersede' || prev.supersedes >= maxSupersedes) return {}
  return input.now < prev.startedAt + minRunTime ? { until: prev.startedAt + minRunTime } : undefined
}

/** What a target has when a rollout begins is its baseline. An attempt that follows an unfinished one keeps the baseline of that. */
function checkBaseline(input: RolloutInput, prev: RolloutState | null, { rid, baseline }: RolloutState, blame: Blame): void {
  if (prev !== null && (prev.completedAt === null || prev.rid.version === rid.version)) {
    if (text(prev.baseline) !== text(baseline)) blame('R7', 'what targets had before an unfinished rollout is forgotten')
    return
  }
  const had = ({ assigned, observed }: TargetView): string | null => {
    if (assigned?.version != null) return assigned.version
    return observed === null || observed.phase === 'absent' ? null : observed.version
  }
  const selected = input.targets.filter((view) => view.selected !== false)
  for (const view of selected) {
    const known = Object.hasOwn(baseline.others, view.id) ? baseline.others[view.id] : baseline.version
    if (known !== had(view)) blame('R7', `${view.id} had ${had(view)}, and ${known} is remembered`)
  }
  const most = (version: string | null): number => selected.filter((view) => had(view) === version).length
  if (selected.some((view) => most(had(view)) > most(baseline.version))) blame('R7', `${baseline.version} is not what most had`)
  if (Object.values(baseline.others).includes(baseline.version)) blame('R7', 'the version that most had is repeated')
}
