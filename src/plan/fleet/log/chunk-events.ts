import type { RolloutLogEvents, RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import { parseTime } from '../../../model/time.ts'
import type { HistoryEvent, HistoryEventType, HistoryState } from '../history/event.ts'
import { numbersOf } from './numbers-column.ts'

/** The events of a chunk that was checked, in the order in which they happened. */
export function eventsOf(chunk: RolloutLogSpec): Generator<HistoryEvent, void> {
  return rowsOf(chunk, chunk.events, parseTime(chunk.from) as number)
}

/** How everything was before the first event of a chunk that was checked, by the time of the last event; nothing when it has no snapshot. */
export function* statesOf(chunk: RolloutLogSpec): Generator<HistoryState, void> {
  const { snapshot, names } = chunk
  if (snapshot === undefined) return
  const [assigned, running] = [columnOf(snapshot.assigned), columnOf(snapshot.running)]
  const unreachable = columnOf(snapshot.unreachable ?? '')
  let index = 0
  for (const last of rowsOf(chunk, snapshot, 0)) {
    const [had, ran] = [nameAt(names.revision, assigned, index), nameAt(names.revision, running, index)]
    yield { last, assigned: had, running: ran, reachable: unreachable[index] !== 1 }
    index++
  }
}

function* rowsOf({ module, names }: RolloutLogSpec, columns: RolloutLogEvents, start: number): Generator<HistoryEvent, void> {
  const [type, cluster] = [columnOf(columns.type), columnOf(columns.cluster)]
  const [revision, why] = [columnOf(columns.revision), columnOf(columns.why)]
  let [time, index] = [start, 0]
  for (const after of columnOf(columns.at)) {
    time += after
    yield {
      at: time,
      type: nameAt(names.type, type, index) as HistoryEventType,
      module,
      cluster: nameAt(names.cluster, cluster, index),
      revision: nameAt(names.revision, revision, index),
      why: nameAt(names.why, why, index),
    }
    index++
  }
}

function nameAt(names: readonly string[], column: readonly number[], index: number): string | undefined {
  const number = column[index] as number
  return number === 0 ? undefined : names[number - 1]
}

const columnOf = (column: string): readonly number[] => numbersOf(column) as readonly number[]
