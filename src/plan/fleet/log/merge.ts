import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import { parseTime } from '../../../model/time.ts'
import type { HistoryState } from '../history/event.ts'
import { mostBytes, withDigest } from './chunk.ts'
import { eventsOf } from './chunk-events.ts'
import { ColumnWriter } from './column-writer.ts'
import { Dictionaries, jsonBytes } from './dictionaries.ts'

/**
 * Sealed chunks that follow one another, as one. It has a snapshot when that takes no more bytes than it may.
 *
 * @param states - how everything was before them, where that is known
 */
export function mergeChunks(chunks: readonly RolloutLogSpec[], states: readonly HistoryState[], mostForSnapshot: number): RolloutLogSpec {
  const merged = merge(chunks, [])
  if (states.length === 0) return merged
  const withSnapshot = merge(chunks, states)
  const bytes = jsonBytes(withSnapshot)
  return bytes <= mostBytes && bytes - jsonBytes(merged) <= mostForSnapshot ? withSnapshot : merged
}

function merge(chunks: readonly RolloutLogSpec[], states: readonly HistoryState[]): RolloutLogSpec {
  const [first, last] = [chunks[0] as RolloutLogSpec, chunks.at(-1) as RolloutLogSpec]
  const { module, seq, from, previous } = first
  const dictionaries = new Dictionaries()
  const events = new ColumnWriter(dictionaries, parseTime(from) as number)
  const snapshot = new ColumnWriter(dictionaries, 0)
  for (const chunk of chunks) for (const event of eventsOf(chunk)) events.add(event)
  for (const state of states) snapshot.addState(state)
  return withDigest({
    module,
    seq,
    sealed: true,
    from,
    to: last.to,
    count: chunks.reduce((sum, { count }) => sum + count, 0),
    previous,
    replaces: chunks.map(({ digest }) => digest),
    names: dictionaries.names,
    events: events.events,
    ...(states.length > 0 ? { snapshot: snapshot.snapshot } : {}),
  })
}
