import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue } from '../../../model/errors/problem.ts'
import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import { parseTime } from '../../../model/time.ts'
import { atOnce } from '../../at-once.ts'
import type { HistoryState } from '../history/event.ts'
import { mergedChunks } from './chunk.ts'
import { eventsOf, statesOf } from './chunk-events.ts'
import { jsonBytes } from './dictionaries.ts'
import type { FleetLog, LogChunk } from './fleet-log.ts'
import type { LogChange } from './log-end.ts'
import { mergeChunks } from './merge.ts'
import { States } from './states.ts'

const day = 86_400_000
/** A snapshot takes at most this part of the events since the one before. */
const snapshotShare: number = 1 / 8

/**
 * What is kept of a log.
 *
 * @category RolloutLog
 */
export interface RetentionOptions {
  /** The time, in milliseconds since the epoch. */
  readonly now: number
  /** Events that are older need not be kept. 90 days by default, in milliseconds. */
  readonly maxAgeMs?: number | undefined
  /** So many of the newest events are kept, if they are not too old. A million by default. */
  readonly maxEvents?: number | undefined
}

/**
 * What to write so that a log stays small: eight sealed chunks become one, leftovers go, and what is too old or too much goes as far as a snapshot
 * says how everything was before the rest. So answers about what is kept stay right, and up to one snapshot more is kept than asked for. It may take long for many events:
 * {@link compactLogSteps} lets others have a turn. The newest chunks of a log, from one with a snapshot on, are enough to merge what is among them.
 *
 * The changes are in the order in which they are written: whichever are not written, the log can be read as before.
 *
 * @throws FleetkitError `model/invalid` for options that are no numbers.
 *
 * @example
 * ```ts
 * import { compactLog, type FleetLog, type LogChange } from 'fleetkit/fleet'
 *
 * export function changesOf(logs: readonly FleetLog[], now: number): readonly LogChange[] {
 *   return logs.flatMap((log) => compactLog(log, { now, maxAgeMs: 30 * 86_400_000 }))
 * }
 * ```
 *
 * @category RolloutLog
 */
export function compactLog(log: FleetLog, options: RetentionOptions): readonly LogChange[] {
  return atOnce(compactLogSteps(log, options))
}

/**
 * The steps of {@link compactLog}. Each gives about the characters that it took.
 *
 * @category RolloutLog
 */
export function* compactLogSteps(log: FleetLog, options: RetentionOptions): Generator<number, readonly LogChange[]> {
  const { now, maxAgeMs = 90 * day, maxEvents = 1_000_000 } = options
  for (const [path, value] of Object.entries({ now, maxAgeMs, maxEvents }))
    if (!(value >= 0)) throw invalid(undefined, [{ path, found: describeValue(value), accepted: 'a number from 0' }])
  const merged = yield* mergeSteps(log.chunks)
  const kept = merged.slice(firstKept(merged, now - maxAgeMs, maxEvents))
  const start = kept[0]?.spec.seq ?? 0
  const old = new Set(log.chunks)
  const updates = kept.filter((chunk) => !old.has(chunk)).map(({ name, spec }): LogChange => ({ verb: 'update', name, spec }))
  const names = new Set(kept.map(({ name }) => name))
  const gone = [
    ...log.chunks.map(({ name }) => name).filter((name) => !names.has(name)),
    ...log.leftovers,
    ...log.unusable.filter(({ seq }) => seq < start).map(({ name }) => name),
  ]
  return [...updates, ...gone.map((name): LogChange => ({ verb: 'delete', name }))]
}

/** The chunks, with merged ones in the place of those that can be merged. */
function* mergeSteps(chunks: readonly LogChunk[]): Generator<number, readonly LogChunk[]> {
  const first = chunks.findIndex((_, index) => groupAt(chunks, index).length > 1)
  if (first < 0) return chunks
  // What was before the last snapshot changes nothing.
  const since = Math.max(
    0,
    chunks.slice(0, first).findLastIndex(({ spec }) => spec.snapshot !== undefined),
  )
  const result = chunks.slice(0, since)
  const before = new StatesBefore()
  for (let index = since; index < chunks.length; ) {
    const group = groupAt(chunks, index)
    const [head] = group as [LogChunk]
    before.enter(head)
    const merged =
      group.length > 1
        ? {
            ...head,
            spec: mergeChunks(
              group.map(({ spec }) => spec),
              before.states,
              before.bytes * snapshotShare,
            ),
          }
        : head
    before.enter(merged)
    result.push(merged)
    for (const { spec } of group) {
      before.add(spec)
      yield jsonBytes(spec)
    }
    index += group.length
  }
  return result
}

/** The sealed chunks from an index on that can be merged; else the one there. Which ones follows from their numbers alone. */
function groupAt(chunks: readonly LogChunk[], index: number): readonly LogChunk[] {
  const group = chunks.slice(index, index + mergedChunks)
  const canMerge =
    group.length === mergedChunks &&
    (group[0] as LogChunk).spec.seq % mergedChunks === 1 &&
    group.every(({ spec, afterGap }, place) => spec.sealed && spec.replaces === undefined && (place === 0 || !afterGap))
  return canMerge ? group : group.slice(0, 1)
}

/** How everything was before a chunk, as far as that is known, and how many bytes of events there were since the last snapshot. */
class StatesBefore {
  #states: States | undefined
  bytes = 0

  get states(): readonly HistoryState[] {
    return this.#states?.all ?? []
  }

  enter({ spec, afterGap }: LogChunk): void {
    if (spec.snapshot !== undefined) {
      this.#states = new States()
      for (const state of statesOf(spec)) this.#states.restore(state)
      this.#states.forgetRemoved()
      this.bytes = 0
    } else if (afterGap) this.#states = undefined
    else if (spec.seq === 1) this.#states = new States()
  }

  add(spec: RolloutLogSpec): void {
    for (const event of eventsOf(spec)) this.#states?.add(event)
    this.bytes += jsonBytes([spec.names, spec.events])
  }
}

/** The first chunk that is kept: one with a snapshot, before or at the first that is wanted. */
function firstKept(chunks: readonly LogChunk[], oldest: number, maxEvents: number): number {
  let events = chunks.reduce((sum, { spec }) => sum + spec.count, 0)
  let first = 0
  for (const [index, { spec }] of chunks.entries()) {
    if (spec.snapshot !== undefined) first = index
    if (events <= maxEvents && (parseTime(spec.to) as number) >= oldest) break
    events -= spec.count
  }
  return first
}
