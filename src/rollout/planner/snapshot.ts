import type { RecordedFailure } from '../state/state.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import {
  ABSENT,
  DONE,
  DOWN,
  FAILED,
  HELD,
  INVALID,
  isGone,
  isOutcome,
  isReady,
  isSound,
  LEAVING,
  MOVING,
  READY,
  REMOVING,
  SOAKING,
  UNREACHABLE,
} from './target-state.ts'
import type { Round } from './tick.ts'

/** What is seen of the targets, by place. */
export interface Facts {
  /** Exactly one of the standings. */
  readonly standing: Uint8Array
  /** 1 when on its way to whatever version, and neither finished nor failed: it uses up concurrency. 2 when being removed: it does not. */
  readonly slot: Uint8Array
  /** Within reach, has something, and is not ready: it uses up unavailability. */
  readonly down: Uint8Array
  /** When it came to rest: for those done, failed or out of reach. */
  readonly finishedAt: Float64Array
  /** When the next thing happens to it by itself; infinite when nothing does. */
  readonly timer: Float64Array
  /** How many removals are under way. */
  removing: number
  /** How many targets have the module or are to have it. */
  concerned: number
  /** Failures seen now that are not on record. */
  readonly fresh: RecordedFailure[]
  readonly wanted: string | null
  readonly fastRollback: boolean
}

/** Looks at every target once. */
export function observe(round: Round): Facts {
  const { layout } = round
  const count = layout.views.length
  const facts: Facts = {
    standing: new Uint8Array(count),
    slot: new Uint8Array(count),
    down: new Uint8Array(count),
    finishedAt: new Float64Array(count),
    timer: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    removing: 0,
    concerned: 0,
    fresh: [],
    wanted: round.wanted,
    fastRollback: round.state.fastRollback,
  }
  const recorded = new Map(round.state.failed.map((failure) => [failure.target, failure]))
  const members = layout.first[layout.stages.length] as number
  for (let place = 0; place < count; place += 1) {
    const view = layout.views[place] as TargetView
    if (!isSound(view)) facts.standing[place] = INVALID
    else if (place < members) lookAtMember(round, facts, place, view, recorded)
    else facts.standing[place] = leaverStanding(view, facts)
    round.wake.add(facts.timer[place] as number)
  }
  return facts
}

/** In what way a target failed that did. */
export function failureOf(view: TargetView): RecordedFailure['reason'] {
  if (isOutcome(view) && view.observed?.phase === 'failed') return 'failed'
  return view.reach.ok ? 'deadline' : 'lost'
}

function leaverStanding(view: TargetView, facts: Facts): number {
  const { assigned } = view
  if (assigned === null || isGone(view)) return DONE
  facts.concerned += 1
  if (assigned.version === null) {
    facts.removing += 1
    return REMOVING
  }
  if (view.hold !== undefined) return HELD
  return view.reach.ok ? LEAVING : UNREACHABLE
}

function lookAtMember(round: Round, facts: Facts, place: number, view: TargetView, recorded: ReadonlyMap<string, RecordedFailure>): void {
  const { now, layout } = round
  const { wanted, fastRollback } = facts
  const { assigned, observed, reach } = view
  const stage = layout.stages[layout.stageOf[place] as number] as ResolvedStage
  const outcome = isOutcome(view)
  const gone = isGone(view)
  const ready = isReady(view)
  facts.concerned += 1
  if (!gone && reach.ok && !ready) facts.down[place] = 1

  const onWanted = assigned !== null && assigned.version === wanted
  const finished = wanted === null ? gone : ready
  // A step forward is either a new assignment or a new phase of its outcome.
  const lastStep = assigned === null ? 0 : outcome ? Math.max(assigned.at, observed?.since ?? 0) : assigned.at
  const deadline = lastStep + stage.progressDeadline
  const saidSo = outcome && observed?.phase === 'failed'
  const late = !finished && now >= deadline
  const minReady = onWanted && wanted !== null && !fastRollback ? stage.minReady : 0
  const known = recorded.size === 0 ? undefined : recorded.get(view.id)
  const resting = finished && now >= lastStep + minReady
  if (assigned !== null && !saidSo && !late && !resting && !(onWanted && known !== undefined) && !gone) {
    if (assigned.version === null) {
      facts.removing += 1
      facts.slot[place] = 2
    } else if (!ready || onWanted) facts.slot[place] = 1
    facts.timer[place] = finished ? lastStep + minReady : deadline
  }

  if (known !== undefined) {
    facts.finishedAt[place] = known.at
    facts.standing[place] = FAILED
    return
  }
  if (onWanted || (wanted === null && gone)) {
    const failed = saidSo || late
    if (!failed) {
      facts.finishedAt[place] = lastStep + minReady
      facts.standing[place] = !finished ? MOVING : resting ? DONE : SOAKING
      return
    }
    // What failed before this attempt began is tried again.
    if (assigned !== null && assigned.at >= round.state.startedAt) {
      facts.finishedAt[place] = saidSo ? lastStep : deadline
      facts.standing[place] = FAILED
      const { completedAt } = round.state
      const failure = { target: view.id, stage: stage.name, reason: failureOf(view), at: facts.finishedAt[place] as number }
      if (completedAt === null || assigned.at >= completedAt) facts.fresh.push(failure)
      return
    }
  }
  if (view.hold !== undefined && !(typeof view.hold === 'object' && view.hold.pin === wanted)) facts.standing[place] = HELD
  else if (reach.ok) facts.standing[place] = gone ? ABSENT : ready ? READY : DOWN
  else {
    facts.finishedAt[place] = reach.since
    facts.standing[place] = UNREACHABLE
  }
}
