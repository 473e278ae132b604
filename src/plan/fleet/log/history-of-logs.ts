import { atOnce } from '../../at-once.ts'
import type { HistoryEvent, HistoryState } from '../history/event.ts'
import { FleetHistory } from '../history/fleet-history.ts'
import { eventsOf, statesOf } from './chunk-events.ts'
import type { FleetLog } from './fleet-log.ts'

/** So many events are added before others can have a turn. */
const stepEvents = 4096
/** What the work on one event is reckoned as, in characters. */
const eventCharacters = 40

type Entry = HistoryEvent | HistoryState

/** What is next of a log. */
interface Next {
  readonly at: number
  readonly entry: Entry
  readonly rest: Iterator<Entry>
}

/**
 * The history of a fleet from its logs, in the order of the times. What a log no longer has is known from its first snapshot on: answers about
 * earlier times leave out what is not known. It may take long for many events: {@link historyOfLogsSteps} lets others have a turn.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { historyOfLogs, readLogs } from 'fleetkit/fleet'
 *
 * export function whatRan(objects: readonly KubeObject[], cluster: string, at: Date): readonly string[] {
 *   const states = historyOfLogs(readLogs(objects).logs).clusterAt(cluster, at.getTime())
 *   return states.map(({ module, running }) => `${module} ${running ?? '-'}`)
 * }
 * ```
 *
 * @category RolloutLog
 */
export function historyOfLogs(logs: readonly FleetLog[]): FleetHistory {
  return atOnce(historyOfLogsSteps(logs))
}

/**
 * The steps of {@link historyOfLogs}. Each gives about the characters that it took.
 *
 * @category RolloutLog
 */
export function* historyOfLogsSteps(logs: readonly FleetLog[]): Generator<number, FleetHistory> {
  const history = new FleetHistory()
  /** The latest first. */
  const queue: Next[] = []
  for (const log of logs) {
    put(queue, nextOf(entriesOf(log)))
    yield stepEvents * eventCharacters
  }
  let added = 0
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { entry, rest } = next
    if ('last' in entry) history.restore(entry)
    else history.add(entry)
    put(queue, nextOf(rest))
    if (++added % stepEvents === 0) yield stepEvents * eventCharacters
  }
  return history
}

/** What a log says in its order. A snapshot counts where what was before is not known. */
function* entriesOf({ chunks }: FleetLog): Generator<Entry, void> {
  for (const { spec, afterGap } of chunks) {
    if (afterGap) yield* statesOf(spec)
    yield* eventsOf(spec)
  }
}

function nextOf(rest: Iterator<Entry>): Next | undefined {
  const { done, value } = rest.next()
  return done ? undefined : { at: 'last' in value ? value.last.at : value.at, entry: value, rest }
}

/** Puts it before those that are at the same time, so that it comes after them. */
function put(queue: Next[], next: Next | undefined): void {
  if (next === undefined) return
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((queue[middle] as Next).at > next.at) low = middle + 1
    else high = middle
  }
  queue.splice(low, 0, next)
}
