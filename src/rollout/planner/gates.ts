import { demandRule, resolveAmount, toleranceRule } from '../strategy/amount.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { Failures } from './failures.ts'
import { approvalOf } from './gates/approvals.ts'
import { checkGates, judgeChecks } from './gates/checks.ts'
import { countMembers, type Members } from './gates/members.ts'
import { listText, timeText } from './hold.ts'
import type { Gate } from './plan.ts'
import { type Block, indicesIn, mark } from './snapshot/block.ts'
import type { Snapshot } from './snapshot.ts'
import { isStartable } from './target-state.ts'
import type { Tick } from './tick.ts'

/** How far the stages are. */
export interface StageProgress {
  /** How many stages have begun. */
  readonly opened: number
  readonly gates: readonly Gate[]
  /** Whether every reachable target of the open stages has finished. */
  readonly finished: boolean
}

/** Lets stages begin, one after the other, as long as no gate is closed. */
export function openStages(tick: Tick, snapshot: Snapshot, failures: Failures): StageProgress {
  const { staged, input } = tick
  const begun = new Set(tick.state.opened.map(({ stage }) => stage))
  // After completion every stage counts as open; new targets are not gated.
  let opened = tick.state.completedAt === null ? firstClosed() : staged.stages.length
  for (;;) {
    judgeChecks(
      tick,
      staged.stages.filter(({ name }) => begun.has(name)),
    )
    const gates = openGates(opened)
    const next = staged.stages[opened]
    // No stage waits for a target whose data are wrong, or that is tried again. The end does.
    if (next === undefined && gates.length === 0) for (const gate of lastGates(tick, snapshot, failures)) gates.push(gate)
    const { gate, actors } = hasMembers(opened) ? approvalOf(tick, next as ResolvedStage) : { gate: undefined, actors: [] }
    if (gates.length === 0 && gate !== undefined) gates.push(gate)
    const finished = !gates.some(({ kind }) => kind === 'members')
    if (gates.length > 0 || isStill()) return { opened, gates: tick.state.completedAt === null ? gates : [], finished }
    if (next === undefined) {
      const failed = tick.state.failed.length
      tick.record({ at: tick.now, type: 'completed', failed, finished: failed + snapshot.done })
      return { opened, gates, finished }
    }
    tick.record({ at: tick.now, type: 'opened', stage: next.name, approvedBy: actors, ...tookBy(next, opened) })
    begun.add(next.name)
    opened = firstClosed()
  }

  function isStill(): boolean {
    return input.paused === true || input.aborted === true || tick.state.halted !== null || tick.state.completedAt !== null
  }

  /** Whom a stage with a limit takes. */
  function tookBy({ limit }: ResolvedStage, stage: number): { readonly took?: readonly string[] } {
    return limit === 'all' ? {} : { took: staged.views.slice(staged.first[stage], staged.first[stage + 1]).map(({ id }) => id) }
  }

  /** A stage without any is passed: there is nothing to approve. */
  function hasMembers(stage: number): boolean {
    return (staged.first[stage] as number) < (staged.first[stage + 1] ?? 0)
  }

  function firstClosed(): number {
    const closed = staged.stages.findIndex(({ name }) => !begun.has(name))
    return closed < 0 ? staged.stages.length : closed
  }

  /** Of the last open stage, and of the one that began last: another, if the strategy was changed meanwhile. */
  function openGates(count: number): Gate[] {
    const latest = staged.stages.findIndex(({ name }) => name === tick.state.opened.at(-1)?.stage)
    const stages = [...new Set([latest, count - 1])].filter((stage) => stage >= 0 && stage < count)
    return stages.flatMap((stage) => stageGates(tick, snapshot, failures, stage))
  }
}

const invalidIn: (block: Block) => readonly number[] = indicesIn(({ states }, at) => states[at] === 'invalid')

/** Those that are tried again, and can be. */
const triedIn: (block: Block) => readonly number[] = indicesIn(({ states, marks }, at) => {
  return ((marks[at] as number) & mark.retried) !== 0 && states[at] !== 'unreachable' && states[at] !== 'held'
})

/** What the end waits for, and no stage does. */
function lastGates({ staged }: Tick, snapshot: Snapshot, { stopped }: Failures): Gate[] {
  const members = snapshot.blocks.slice(0, staged.firstBlock[staged.stages.length])
  const gate = (kind: Gate['kind'], indices: readonly number[], what: string): Gate[] => {
    const [first] = indices
    if (first === undefined) return []
    const stage = staged.stages[staged.stageOf[first] as number]?.name as string
    const ids = [...new Set(indices.map((index) => staged.views.at(index).id))]
    return [{ kind, stage, waitingFor: `${listText(ids)} ${what}` }]
  }
  // One that cannot be reached, is on hold, or belongs to a stopped label value, is left out as any other.
  const isStopped = (index: number): boolean => stopped?.[index] === 1 && isStartable(snapshot.state(index))
  const tried = members.flatMap(triedIn).filter((index) => !isStopped(index))
  return [
    ...gate('invalid', members.flatMap(invalidIn), 'to have valid data, and an id of its own'),
    ...gate('retry', tried, 'to be done, or to have failed for good'),
  ]
}

/** What keeps a stage from being complete. */
function stageGates(tick: Tick, snapshot: Snapshot, { stopped }: Failures, index: number): Gate[] {
  const { staged, now } = tick
  const stage = staged.stages[index] as ResolvedStage
  const [from, to] = [staged.first[index] as number, staged.first[index + 1] as number]
  const members = countMembers(snapshot.blocksOf(index), stopped)
  const { done, failed, unreachable, pending, finishedAt } = members
  const { name } = stage
  if (pending.count > 0) return [{ kind: 'members', stage: name, waitingFor: `${listText(pending.first, pending.count)} to be done` }]
  const success = stage.requireSuccess && !tick.fastRollback ? successGate(name, members) : undefined
  if (success !== undefined) return [success]
  const deferrable = resolveAmount(stage.maxDeferred, to - from, toleranceRule) ?? 0
  const deferred: Gate[] =
    unreachable > deferrable
      ? [{ kind: 'deferred', stage: name, waitingFor: `at most ${deferrable} to be unreachable (now ${unreachable})` }]
      : []
  if (done + failed === 0 && deferred.length > 0) return deferred
  const demanded = demandedOf(stage, members, tick.fastRollback)
  if (done < demanded) return [{ kind: 'min-done', stage: name, waitingFor: `at least ${demanded} to be done (${soFar(members)})` }]
  if (done + failed === 0 || deferred.length > 0) return deferred
  const soaked = finishedAt + (tick.fastRollback ? 0 : stage.soak)
  tick.wake.add(soaked)
  const soak: Gate = { kind: 'soak', stage: name, waitingFor: `its soak to end at ${timeText(soaked)}`, until: soaked }
  return [...(soaked > now ? [soak] : []), ...checkGates(tick, stage, finishedAt, soaked)]
}

/** Every member has to be done, and one at least: what did not succeed proves nothing. */
function successGate(stage: string, members: Members): Gate | undefined {
  const { done, failed, unreachable, retried, leftOut } = members
  if (done > 0 && failed + unreachable + retried + leftOut === 0) return undefined
  const not = failed > 0 ? `, ${failed} failed` : ''
  return { kind: 'require-success', stage, waitingFor: `every member to be done, one at least (${soFar(members)}${not})` }
}

/**
 * How many members have to be done: a share of those that the gate looks at. Where there are others alone, one of them, since none of them
 * proves anything; a fast rollback needs no proof then.
 */
function demandedOf({ minDone }: ResolvedStage, { done, failed, unreachable, retried, leftOut }: Members, fastRollback: boolean): number {
  const [finished, counted] = [done + failed, done + failed + unreachable + retried]
  if (fastRollback && finished === 0) return 0
  const of = (total: number): number => resolveAmount(minDone, total, demandRule) ?? 0
  return counted > 0 ? of(counted) : Math.min(1, of(leftOut))
}

function soFar({ done, unreachable, retried, leftOut }: Members): string {
  const others = [
    retried > 0 && `${retried} tried again`,
    unreachable > 0 && `${unreachable} cannot be reached`,
    leftOut > 0 && `${leftOut} on hold or invalid`,
  ]
  return [`now ${done}`, ...others.filter((text) => text !== false)].join(', ')
}
