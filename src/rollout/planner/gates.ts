import { sameRollout } from '../state/id.ts'
import { demandRule, resolveAmount, toleranceRule } from '../strategy/amount.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import type { Failures } from './failures.ts'
import type { Gate } from './plan.ts'
import type { Facts } from './snapshot.ts'
import { DONE, FAILED, HELD, INVALID, isStartable, UNREACHABLE } from './target-state.ts'
import type { Round } from './tick.ts'

/** How far the stages are. */
export interface Progress {
  /** How many stages have begun. */
  readonly opened: number
  readonly gates: readonly Gate[]
  /** Whether every reachable target of the open stages has come to rest. */
  readonly finished: boolean
}

/** Lets stages begin, one after the other, as long as nothing stands in the way. */
export function openStages(round: Round, facts: Facts, failures: Failures): Progress {
  const { layout, input } = round
  const begun = new Set(round.state.opened.map(({ stage }) => stage))
  // What came to a stage of its own afterwards is caught up with, and waits for nobody.
  let opened = round.state.completedAt === null ? firstClosed() : layout.stages.length
  const still = input.paused === true || input.aborted === true || round.state.halted !== null || round.state.completedAt !== null
  for (;;) {
    const gates = openGates(opened)
    const next = layout.stages[opened]
    const { gate, actors } = approvalOf(round, next)
    if (gates.length === 0 && gate !== undefined) gates.push(gate)
    const finished = !gates.some(({ kind }) => kind === 'members')
    if (gates.length > 0 || still) return { opened, gates: round.state.completedAt === null ? gates : [], finished }
    if (next === undefined) {
      round.record({ at: round.now, type: 'completed' })
      return { opened, gates, finished }
    }
    round.record({ at: round.now, type: 'opened', stage: next.name, approvedBy: actors })
    begun.add(next.name)
    opened = firstClosed()
  }

  function firstClosed(): number {
    const closed = layout.stages.findIndex(({ name }) => !begun.has(name))
    return closed < 0 ? layout.stages.length : closed
  }

  /** Of the last open stage, and of the one that began last: another, if the strategy was changed on the way. */
  function openGates(count: number): Gate[] {
    const latest = layout.stages.findIndex(({ name }) => name === round.state.opened.at(-1)?.stage)
    const stages = [...new Set([latest, count - 1])].filter((stage) => stage >= 0 && stage < count)
    return stages.flatMap((stage) => stageGates(round, facts, failures, stage))
  }
}

/** What keeps a stage from being complete. */
function stageGates(round: Round, facts: Facts, { stopped }: Failures, index: number): Gate[] {
  const { layout, now } = round
  const stage = layout.stages[index] as (typeof layout.stages)[number]
  const [from, to] = [layout.first[index] as number, layout.first[index + 1] as number]
  const pending: string[] = []
  let [done, dark, taking, unfinished, restedAt] = [0, 0, 0, 0, 0]
  for (let place = from; place < to; place += 1) {
    const standing = facts.standing[place] as number
    // Left out on purpose: nobody waits for it.
    if (standing === HELD || standing === INVALID || (stopped[place] === 1 && isStartable(standing))) continue
    taking += 1
    if (standing === DONE) done += 1
    else if (standing === UNREACHABLE) dark += 1
    else if (standing !== FAILED) {
      unfinished += 1
      if (pending.length < 3) pending.push((layout.views[place] as TargetView).id)
      continue
    }
    restedAt = Math.max(restedAt, facts.finishedAt[place] as number)
  }
  if (unfinished > 0) {
    const more = unfinished > pending.length ? ` and ${unfinished - pending.length} more` : ''
    return [{ kind: 'members', stage: stage.name, waitingFor: `${pending.join(', ')}${more} to be done` }]
  }
  if (taking === dark) return deferredGate()
  const demanded = resolveAmount(stage.minDone, to - from, demandRule) ?? 0
  if (done < demanded) return [{ kind: 'min-done', stage: stage.name, waitingFor: `${demanded} done, of which there are ${done}` }]
  const deferred = deferredGate()
  if (deferred.length > 0) return deferred
  const soaked = restedAt + (round.state.fastRollback ? 0 : stage.soak)
  round.wake.add(soaked)
  return soaked > now ? [{ kind: 'soak', stage: stage.name, waitingFor: 'the stage to have rested', until: soaked }] : []

  function deferredGate(): Gate[] {
    const tolerated = resolveAmount(stage.maxDeferred, to - from, toleranceRule) ?? 0
    if (dark <= tolerated) return []
    return [{ kind: 'deferred', stage: stage.name, waitingFor: `at most ${tolerated} out of reach, of which there are ${dark}` }]
  }
}

function approvalOf(round: Round, next: ResolvedStage | undefined): { readonly gate?: Gate; readonly actors: readonly string[] } {
  if (next === undefined || next.approvals === 0 || round.state.fastRollback) return { actors: [] }
  const { now } = round
  const { name: stage, approvals: needed } = next
  const given = new Set<string>()
  for (const { rid, stage: of, actor, at, revokedAt = Number.POSITIVE_INFINITY } of round.input.approvals ?? []) {
    if (of !== stage || !sameRollout(rid, round.state.rid)) continue
    round.wake.add(at)
    round.wake.add(revokedAt)
    if (at <= now && now < revokedAt) given.add(actor)
  }
  const actors = [...given].sort()
  if (actors.length >= needed) return { actors }
  return { actors, gate: { kind: 'approval', stage, waitingFor: `${needed} to approve, of whom ${actors.length} have` } }
}
