import type { RolloutEvent } from '../state/event.ts'
import type { RecordedFailure } from '../state/state.ts'
import { exceeds, formatTolerance, tolerated } from '../strategy/tolerance.ts'
import type { TargetView } from '../target-view.ts'
import { findCohort } from './cohort.ts'
import type { Facts } from './snapshot.ts'
import { DONE } from './target-state.ts'
import type { Round } from './tick.ts'

/** What failed, by stage. */
export interface Failures {
  /** By place: it belongs to a label value that is stopped. */
  readonly stopped: Uint8Array
  /** By stage: failures that count against its tolerance, those of targets that have left included. */
  readonly failed: readonly number[]
  /** By stage: what has finished one way or the other. */
  readonly finished: readonly number[]
}

/** Puts new failures on record, stops cohorts, and halts the rollout when more failed than is tolerated. */
export function judgeFailures(round: Round, facts: Facts): Failures {
  const { layout, input } = round
  for (const failure of facts.fresh) round.record({ at: round.now, type: 'failed', failure })
  const stopped = stopCohorts(round, facts)

  const stageNames = new Map(layout.stages.map(({ name }, stage) => [name, stage]))
  const places = placesOf(layout.views, round.state.failed)
  const failed = layout.stages.map(() => 0)
  const lost = layout.stages.map(() => 0)
  const finished = layout.stages.map(() => 0)
  let [allFailed, allFinished] = [0, 0]
  for (let place = 0; place < stopped.length; place += 1) {
    const stage = layout.stageOf[place] as number
    if (stage >= layout.stages.length || stopped[place] === 1 || facts.standing[place] !== DONE) continue
    finished[stage] = (finished[stage] as number) + 1
    allFinished += 1
  }
  for (const { target, stage: name, reason } of round.state.failed) {
    const place = places.get(target)
    const present = place !== undefined && (layout.stageOf[place] as number) < layout.stages.length
    if (present ? stopped[place] === 1 : input.strategy.forgetDeselected === true) continue
    // It counts where it happened, wherever the target is now.
    const stage = stageNames.get(name) ?? (present ? layout.stageOf[place] : undefined)
    allFinished += 1
    if (reason !== 'lost') allFailed += 1
    if (stage === undefined) continue
    finished[stage] = (finished[stage] as number) + 1
    const counts = reason === 'lost' ? lost : failed
    counts[stage] = (counts[stage] as number) + 1
  }
  if (round.state.halted === null) {
    const halt = judge()
    if (halt !== undefined) round.record(halt)
  }
  return { stopped, failed, finished }

  function judge(): RolloutEvent | undefined {
    const members = layout.first[layout.stages.length] as number
    for (const [index, stage] of layout.stages.entries()) {
      const size = (layout.first[index + 1] as number) - (layout.first[index] as number)
      const here = failed[index] as number
      if (exceeds(stage.maxFailures, here, finished[index] as number, size)) {
        return halt('failures', stage.name, here, formatTolerance(stage.maxFailures))
      }
      const missing = lost[index] as number
      if (missing > tolerated(stage.maxLost, size)) return halt('lost', stage.name, missing, String(stage.maxLost))
    }
    const { maxFailures } = input.strategy
    if (maxFailures !== undefined && exceeds(maxFailures, allFailed, allFinished, members)) {
      return halt('failures', '*', allFailed, formatTolerance(maxFailures))
    }
    return undefined
  }

  function halt(code: 'failures' | 'lost', stage: string, count: number, limit: string): RolloutEvent {
    return { at: round.now, type: 'halted', halt: { code, stage, at: round.now }, failed: count, tolerated: limit }
  }
}

/** Where the targets are that failed, as far as they still are. */
function placesOf(views: readonly TargetView[], failed: readonly RecordedFailure[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  if (failed.length === 0) return places
  const recorded = new Set(failed.map(({ target }) => target))
  for (const [place, { id }] of views.entries()) if (recorded.has(id)) places.set(id, place)
  return places
}

function stopCohorts(round: Round, facts: Facts): Uint8Array {
  const { layout, input } = round
  const members = layout.first[layout.stages.length] as number
  const stopped = new Uint8Array(layout.views.length)
  for (const cohort of round.state.cohorts) stop(cohort)
  const { correlate } = input.strategy
  if (correlate === undefined || round.state.failed.length === 0 || round.state.halted !== null) return stopped
  const views = layout.views.slice(0, members)
  const recorded = new Set(round.state.failed.map(({ target }) => target))
  for (;;) {
    const found = findCohort(correlate, views, facts, recorded, stopped)
    if (found === undefined) return stopped
    round.record({ at: round.now, type: 'cohort-halted', ...found })
    stop(found.cohort)
  }

  function stop(cohort: string): void {
    const split = cohort.indexOf('=')
    const [label, value] = [cohort.slice(0, split), cohort.slice(split + 1)]
    for (let place = 0; place < members; place += 1) {
      const { labels } = layout.views[place] as TargetView
      if (labels !== undefined && Object.hasOwn(labels, label) && labels[label] === value) stopped[place] = 1
    }
  }
}
