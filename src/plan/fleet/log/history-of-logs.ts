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
class Cursor {
  readonly #parts: Iterator<Iterator<Entry>>
  #part: Iterator<Entry> | undefined
  entry: Entry | undefined
  at = 0

  constructor(log: FleetLog) {
    this.#parts = partsOf(log)
    this.advance()
  }

  advance(): void {
    for (;;) {
      const next = this.#part?.next()
      if (next !== undefined && !next.done) {
        this.entry = next.value
        this.at = 'last' in next.value ? next.value.last.at : next.value.at
        return
      }
      const part = this.#parts.next()
      this.entry = undefined
      if (part.done) return
      this.#part = part.value
    }
  }
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
  const queue: Cursor[] = []
  for (const log of logs) {
    put(queue, new Cursor(log))
    yield stepEvents * eventCharacters
  }
  for (let added = 1, next = queue.pop(); next?.entry !== undefined; added++) {
    if ('last' in next.entry) history.restore(next.entry)
    else history.add(next.entry)
    next.advance()
    put(queue, next)
    next = queue.pop()
    if (added % stepEvents === 0) yield stepEvents * eventCharacters
  }
  return history
}

/** What a log says in its order. A snapshot counts where what was before is not known. */
function* partsOf({ chunks }: FleetLog): Generator<Iterator<Entry>, void> {
  for (const { spec, afterGap } of chunks) {
    if (afterGap) yield statesOf(spec)
    yield eventsOf(spec)
  }
}

/** Puts a cursor where its next entry is due, and none that has no more. Mostly that is soon. */
function put(queue: Cursor[], cursor: Cursor): void {
  if (cursor.entry === undefined) return
  let place = queue.push(cursor) - 1
  for (; place > 0 && (queue[place - 1] as Cursor).at < cursor.at; place--) queue[place] = queue[place - 1] as Cursor
  queue[place] = cursor
}
