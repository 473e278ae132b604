import { sameRollout } from '../state/id.ts'
import { demandRule, resolveAmount, toleranceRule } from '../strategy/amount.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import type { Failures } from './failures.ts'
import { listText, timeText } from './hold.ts'
import type { Gate } from './plan.ts'
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
  const still = input.paused === true || input.aborted === true || tick.state.halted !== null || tick.state.completedAt !== null
  for (;;) {
    const gates = openGates(opened)
    const next = staged.stages[opened]
    // No stage waits for a target whose data are wrong. The end does.
    const invalid = next === undefined && gates.length === 0 ? invalidGate(tick, snapshot) : undefined
    if (invalid !== undefined) gates.push(invalid)
    const { gate, actors } = hasMembers(opened) ? approvalOf(tick, next) : { gate: undefined, actors: [] }
    if (gates.length === 0 && gate !== undefined) gates.push(gate)
    const finished = !gates.some(({ kind }) => kind === 'members')
    if (gates.length > 0 || still) return { opened, gates: tick.state.completedAt === null ? gates : [], finished }
    if (next === undefined) {
      const failed = tick.state.failed.length
      tick.record({ at: tick.now, type: 'completed', failed, finished: failed + snapshot.done })
      return { opened, gates, finished }
    }
    tick.record({ at: tick.now, type: 'opened', stage: next.name, approvedBy: actors, ...tookBy(next, opened) })
    begun.add(next.name)
    opened = firstClosed()
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

function invalidGate({ staged }: Tick, { states }: Snapshot): Gate | undefined {
  const members = staged.first[staged.stages.length] as number
  const invalid = states.flatMap((state, index) => (state === 'invalid' && index < members ? [index] : []))
  const [first] = invalid
  if (first === undefined) return undefined
  const stage = staged.stages[staged.stageOf[first] as number]?.name as string
  return {
    kind: 'invalid',
    stage,
    waitingFor: `${listText([...new Set(invalid.map((index) => (staged.views[index] as TargetView).id))])} to have valid data, and an id of its own`,
  }
}

/** A few of them by name; `indices` may be of thousands. */
function named(views: readonly TargetView[], indices: readonly number[]): string {
  return listText(
    indices.slice(0, 3).map((index) => (views[index] as TargetView).id),
    indices.length,
  )
}

/** What keeps a stage from being complete. */
function stageGates(tick: Tick, snapshot: Snapshot, { stopped }: Failures, index: number): Gate[] {
  const { staged, now } = tick
  const stage = staged.stages[index] as ResolvedStage
  const [from, to] = [staged.first[index] as number, staged.first[index + 1] as number]
  const members = countMembers(snapshot, staged.views, stopped, from, to)
  const { done, failed, unreachable, pending, finishedAt } = members
  const { name } = stage
  if (pending.length > 0) {
    return [{ kind: 'members', stage: name, waitingFor: `${named(staged.views, pending)} to be done` }]
  }
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
  return soaked > now ? [{ kind: 'soak', stage: name, waitingFor: `its soak to end at ${timeText(soaked)}`, until: soaked }] : []
}

/**
 * How many members have to be done: a share of those that the gate looks at. Where there are others alone, one of them, since none of them
 * proves anything; a fast rollback needs no proof then.
 */
function demandedOf({ minDone }: ResolvedStage, { done, failed, unreachable, leftOut }: Members, fastRollback: boolean): number {
  const [finished, counted] = [done + failed, done + failed + unreachable]
  if (fastRollback && finished === 0) return 0
  const of = (total: number): number => resolveAmount(minDone, total, demandRule) ?? 0
  return counted > 0 ? of(counted) : Math.min(1, of(leftOut))
}

function soFar({ done, unreachable, leftOut }: Members): string {
  const others = [unreachable > 0 && `${unreachable} cannot be reached`, leftOut > 0 && `${leftOut} on hold or invalid`]
  return [`now ${done}`, ...others.filter((text) => text !== false)].join(', ')
}

/** The members that the gate of their stage looks at. */
interface Members {
  readonly done: number
  readonly failed: number
  readonly unreachable: number
  /** Those that the gate does not wait for: paused, pinned, or with wrong data. */
  readonly leftOut: number
  /** Indices of those that have not finished. */
  readonly pending: readonly number[]
  /** When the last of those done or failed finished. */
  readonly finishedAt: number
}

/** Counts the members of a stage. Those that are excluded, and those of a stopped label value, count as no members. */
function countMembers(
  { states, finishedAt }: Snapshot,
  views: readonly TargetView[],
  stopped: Uint8Array,
  from: number,
  to: number,
): Members {
  const pending: number[] = []
  let [done, failed, unreachable, leftOut, last] = [0, 0, 0, 0, 0]
  for (let index = from; index < to; index += 1) {
    const state = states[index]
    if (state === undefined || (stopped[index] === 1 && isStartable(state))) continue
    switch (state) {
      case 'held':
      case 'invalid':
        if ((views[index] as TargetView).hold !== 'excluded') leftOut += 1
        continue
      case 'done':
        done += 1
        break
      case 'failed':
        failed += 1
        break
      case 'unreachable':
        unreachable += 1
        continue
      case 'updating':
      case 'soaking':
      case 'down':
      case 'ready':
      case 'absent':
      case 'deselected':
      case 'removing':
        pending.push(index)
        continue
      default:
        state satisfies never
    }
    last = Math.max(last, finishedAt[index] as number)
  }
  return { done, failed, unreachable, leftOut, pending, finishedAt: last }
}

function approvalOf(tick: Tick, next: ResolvedStage | undefined): { readonly gate?: Gate; readonly actors: readonly string[] } {
  if (next === undefined || next.approvals === 0 || tick.fastRollback) return { actors: [] }
  const { now } = tick
  const { name: stage, approvals: needed } = next
  const given = new Set<string>()
  for (const { rid, stage: of, actor, at, revokedAt } of tick.input.approvals ?? []) {
    const until = revokedAt ?? Number.POSITIVE_INFINITY
    if (of !== stage || !sameRollout(rid, tick.state.rid)) continue
    tick.wake.add(at)
    tick.wake.add(until)
    if (at <= now && now < until) given.add(actor)
  }
  const actors = [...given].sort()
  if (actors.length >= needed) return { actors }
  return { actors, gate: { kind: 'approval', stage, waitingFor: `approvals (${actors.length} of ${needed})` } }
}
