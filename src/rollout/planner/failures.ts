import type { RolloutEvent } from '../state/event.ts'
import { exceeds, formatTolerance, tolerated } from '../strategy/tolerance.ts'
import { labelOf } from '../target-view.ts'
import { findCohort } from './failures/cohort.ts'
import type { Block } from './snapshot/block.ts'
import type { Snapshot } from './snapshot.ts'
import { indicesById } from './targets/staged-targets.ts'
import type { Tick } from './tick.ts'

/** What failed, by stage. */
export interface Failures {
  /** By index, 1 for those of a label value that is stopped; `undefined`: there is none. */
  readonly stopped: Uint8Array | undefined
  /** By stage: failures that count against its tolerance, those of targets that are no longer selected included. */
  readonly failed: readonly number[]
  /** By stage: what has finished, done or failed. */
  readonly finished: readonly number[]
}

/** Puts new failures on record, stops cohorts, and halts the rollout when more failed than is tolerated. */
export function judgeFailures(tick: Tick, snapshot: Snapshot): Failures {
  for (const failure of snapshot.newFailures) tick.record({ at: tick.now, type: 'failed', failure })
  for (const retry of snapshot.newRetries) tick.record({ at: tick.now, type: 'retrying', retry })
  const stopped = stopCohorts(tick, snapshot)
  const counts = countFailures(tick, snapshot, stopped)
  const halt = tick.state.halted === null ? haltOf(tick, counts) : undefined
  if (halt !== undefined) tick.record(halt)
  return { stopped, failed: counts.failed, finished: counts.finished }
}

/** By stage, and over all of them. */
interface Counts {
  readonly failed: number[]
  readonly lost: number[]
  readonly finished: number[]
  allFailed: number
  allFinished: number
}

function countFailures({ staged, state, input }: Tick, snapshot: Snapshot, stopped: Uint8Array | undefined): Counts {
  const zeros = (): number[] => staged.stages.map(() => 0)
  const finished = staged.stages.map((_, stage) => countDone(snapshot.blocksOf(stage), stopped))
  const allFinished = finished.reduce((sum, count) => sum + count, 0)
  const counts: Counts = { failed: zeros(), lost: zeros(), finished, allFailed: 0, allFinished }
  if (state.failed.length === 0) return counts
  const members = staged.first[staged.stages.length] as number
  const stageNames = new Map(staged.stages.map(({ name }, stage) => [name, stage]))
  const indices = indicesById(staged)
  for (const { target, stage: name, reason } of state.failed) {
    const index = indices.get(target) ?? Number.POSITIVE_INFINITY
    const present = index < members
    if (present ? stopped?.[index] === 1 : input.strategy.forgetDeselected === true) continue
    // It counts where it happened, wherever the target is now.
    const stage = stageNames.get(name) ?? (present ? staged.stageOf[index] : undefined)
    counts.allFinished += 1
    if (reason !== 'lost') counts.allFailed += 1
    increment(counts.finished, stage)
    increment(reason === 'lost' ? counts.lost : counts.failed, stage)
  }
  return counts
}

function increment(counts: number[], stage: number | undefined): void {
  if (stage !== undefined) counts[stage] = (counts[stage] as number) + 1
}

function haltOf({ staged, input, now }: Tick, { failed, lost, finished, allFailed, allFinished }: Counts): RolloutEvent | undefined {
  const halt = (code: 'failures' | 'lost', stage: string, count: number, limit: string): RolloutEvent => {
    return { at: now, type: 'halted', halt: { code, stage, at: now }, failed: count, tolerated: limit }
  }
  for (const [index, { name, maxFailures, maxLost }] of staged.stages.entries()) {
    const size = (staged.first[index + 1] as number) - (staged.first[index] as number)
    const here = failed[index] as number
    if (exceeds(maxFailures, here, finished[index] as number, size)) return halt('failures', name, here, formatTolerance(maxFailures))
    const missing = lost[index] as number
    if (missing > tolerated(maxLost, size)) return halt('lost', name, missing, String(maxLost))
  }
  const { maxFailures } = input.strategy
  const members = staged.first[staged.stages.length] as number
  if (maxFailures === undefined || !exceeds(maxFailures, allFailed, allFinished, members)) return undefined
  return halt('failures', '*', allFailed, formatTolerance(maxFailures))
}

function countDone(blocks: readonly Block[], stopped: Uint8Array | undefined): number {
  const countIn = ({ from, states, counts }: Block): number => {
    return stopped === undefined ? counts.done : states.filter((state, at) => state === 'done' && stopped[from + at] === 0).length
  }
  return blocks.reduce((sum, block) => sum + countIn(block), 0)
}

function stopCohorts(tick: Tick, snapshot: Snapshot): Uint8Array | undefined {
  const { staged, input } = tick
  const members = staged.first[staged.stages.length] as number
  let stopped: Uint8Array | undefined
  for (const cohort of tick.state.cohorts) stop(cohort)
  const { correlate } = input.strategy
  if (correlate === undefined || tick.state.failed.length === 0 || tick.state.halted !== null) return stopped
  const recorded = new Set(tick.state.failed.map(({ target }) => target))
  for (;;) {
    const found = findCohort(correlate, snapshot, recorded, stopped)
    if (found === undefined) return stopped
    tick.record({ at: tick.now, type: 'cohort-halted', ...found })
    stop(found.cohort)
  }

  function stop(cohort: string): void {
    const split = cohort.indexOf('=')
    const [label, value] = [cohort.slice(0, split), cohort.slice(split + 1)]
    stopped ??= new Uint8Array(staged.views.length)
    for (let index = 0; index < members; index += 1) {
      if (labelOf(staged.views.at(index).labels, label) === value) stopped[index] = 1
    }
  }
}
