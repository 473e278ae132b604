import type { ClusterView } from './cluster-view.ts'
import type { RecordedFailure } from './rollout-state.ts'
import type { Round } from './round.ts'
import {
  ABSENT,
  DONE,
  DOWN,
  FAILED,
  HELD,
  INVALID,
  isGone,
  isOutcome,
  isSound,
  LEAVING,
  MOVING,
  READY,
  REMOVING,
  SOAKING,
  UNREACHABLE,
} from './standing.ts'

/** What is seen of the clusters, by place. */
export interface Facts {
  /** Exactly one of the standings. */
  readonly standing: Uint8Array
  /** On its way to whatever version, and neither settled nor failed: it uses up concurrency. */
  readonly slot: Uint8Array
  /** Within reach, has something, and is not ready: it uses up unavailability. */
  readonly down: Uint8Array
  /** When it came to rest: for those done, failed or out of reach. */
  readonly settledAt: Float64Array
  /** When the next thing happens to it by itself; infinite when nothing does. */
  readonly timer: Float64Array
  /** How many removals are under way. */
  removing: number
  /** How many clusters have the module. */
  having: number
  /** Failures seen now that are not on record. */
  readonly fresh: RecordedFailure[]
}

/** Looks at every cluster once. */
export function observe(round: Round): Facts {
  const { layout } = round
  const count = layout.views.length
  const facts: Facts = {
    standing: new Uint8Array(count),
    slot: new Uint8Array(count),
    down: new Uint8Array(count),
    settledAt: new Float64Array(count),
    timer: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    removing: 0,
    having: 0,
    fresh: [],
  }
  const recorded = new Map(round.state.failed.map((failure) => [failure.cluster, failure]))
  const members = layout.first[layout.stages.length] as number
  for (let place = 0; place < count; place += 1) {
    const view = layout.views[place] as ClusterView
    if (!isSound(view)) facts.standing[place] = INVALID
    else if (place < members) lookAtMember(round, facts, place, view, recorded)
    else facts.standing[place] = leaverStanding(view, facts)
    round.wake.add(facts.timer[place])
  }
  return facts
}

function leaverStanding(view: ClusterView, facts: Facts): number {
  const { assigned } = view
  if (assigned === null || isGone(view)) return DONE
  facts.having += 1
  if (assigned.version === null) {
    facts.removing += 1
    return REMOVING
  }
  if (view.hold !== undefined) return HELD
  return view.reach.ok ? LEAVING : UNREACHABLE
}

function lookAtMember(round: Round, facts: Facts, place: number, view: ClusterView, recorded: ReadonlyMap<string, RecordedFailure>): void {
  const { now, target, state, layout } = round
  const { assigned, observed, reach } = view
  const stage = layout.stages[layout.stageOf[place] as number] as (typeof layout.stages)[number]
  const outcome = isOutcome(view)
  const gone = isGone(view)
  const has = !gone && (assigned !== null || observed !== null)
  const ready = assigned === null ? observed?.phase === 'ready' : outcome && observed?.phase === 'ready'
  if (has) facts.having += 1
  if (has && reach.ok && !ready) facts.down[place] = 1

  const toTarget = assigned !== null && assigned.version === target
  const settled = target === null ? gone : ready
  // A step forward is either a new assignment or a new phase of its outcome.
  const lastStep = assigned === null ? 0 : outcome ? Math.max(assigned.at, observed?.since ?? 0) : assigned.at
  const deadline = lastStep + stage.progressDeadline
  const saidSo = outcome && observed?.phase === 'failed'
  const late = !settled && now >= deadline
  const minReady = toTarget && target !== null && !state.express ? stage.minReady : 0
  const known = recorded.get(view.id)
  const over = saidSo || late || (toTarget && known !== undefined)
  const resting = settled && now >= lastStep + minReady
  if (assigned !== null && !over && !resting && (assigned.version !== null || !gone)) {
    if (assigned.version === null) facts.removing += 1
    else if (!ready || toTarget) facts.slot[place] = 1
    facts.timer[place] = settled ? lastStep + minReady : deadline
  }

  facts.standing[place] = standing()

  function standing(): number {
    if (known !== undefined) {
      facts.settledAt[place] = known.at
      return FAILED
    }
    if (toTarget || (target === null && gone)) {
      // What failed before this attempt began is tried again.
      const failed = saidSo || late
      if (failed && assigned !== null && assigned.at >= state.startedAt) {
        const at = saidSo ? lastStep : deadline
        facts.settledAt[place] = at
        if (state.completedAt === null || assigned.at >= state.completedAt) {
          const reason = saidSo ? 'failed' : reach.ok ? 'deadline' : 'lost'
          facts.fresh.push({ cluster: view.id, stage: stage.name, reason, at })
        }
        return FAILED
      }
      if (!failed && settled) {
        facts.settledAt[place] = lastStep + minReady
        return resting ? DONE : SOAKING
      }
      if (!failed) return MOVING
    }
    if (view.hold !== undefined && !(typeof view.hold === 'object' && view.hold.pin === target)) return HELD
    if (!reach.ok) {
      facts.settledAt[place] = reach.since
      return UNREACHABLE
    }
    return !has ? ABSENT : ready ? READY : DOWN
  }
}
