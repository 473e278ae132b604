import type { HistoryEvent } from '../../plan/fleet/history/event.ts'
import type { FleetHistory, HistoryOptions } from '../../plan/fleet/history/fleet-history.ts'
import { PairOverTime } from './pair-over-time.ts'
import type { FleetTimeline, TimelineCluster } from './timeline.ts'

/**
 * What {@link historyTimeline} shows of a history.
 *
 * @category Pages
 */
export interface HistoryTimelineOptions {
  readonly module: string
  /** The clusters, with their stages: a history does not know them. */
  readonly clusters: readonly TimelineCluster[]
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  /** The revision that the module had at `from`: clusters that were assigned another are `pending`. Without it that begins with the first `revised`. */
  readonly revision?: string | undefined
  /** Default: the name of the module. */
  readonly title?: string | undefined
}

/**
 * A span of the history of a module as the states of its clusters over time. All events of these clusters in the span are looked at, those of
 * other modules too.
 *
 * @example
 * ```ts
 * import { FleetHistory } from 'fleetkit/fleet'
 * import { historyTimeline } from 'fleetkit/views'
 *
 * const history = new FleetHistory()
 * history.add({ at: 1000, type: 'assigned', module: 'shop', cluster: 'eu-1', revision: 'v5', why: 'approved by jane' })
 * history.add({ at: 2000, type: 'ready', module: 'shop', cluster: 'eu-1', revision: 'v5' })
 * const clusters = [{ id: 'eu-1', stage: 'canary' }]
 * const { changes } = historyTimeline(history, { module: 'shop', clusters, from: 0, to: 5000 })
 * console.log(changes.map(({ state }) => state)) // absent, updating, ready
 * ```
 *
 * @category Pages
 */
export function historyTimeline(history: FleetHistory, options: HistoryTimelineOptions): FleetTimeline {
  const { module, clusters, from, to, title = module } = options
  const revised = since(history, { module, until: to }, from).filter(({ type, cluster }) => type === 'revised' && cluster === undefined)
  const changes = clusters.flatMap(({ id }) => {
    const own = since(history, { cluster: id, until: to }, from).filter((event) => event.module === undefined || event.module === module)
    const before = history.stateAt({ module, cluster: id }, from)
    // Whether a cluster can be reached is known by any of its modules.
    const { reachable = true } = before ?? history.clusterAt(id, from)[0] ?? {}
    const pair = new PairOverTime(id, options.revision, before, reachable)
    // The sort is stable: what the module is to have comes before what is done about it.
    const events = [...revised, ...own].sort((a, b) => a.at - b.at)
    return [pair.at(from, before?.last.why), ...events.flatMap((event) => pair.note(event))]
  })
  return { title, clusters, changes, from, to }
}

/** So many events are asked for at a time: what more cost grows with their square. */
const page = 256

/** The events after a time, the first one first. */
function since(history: FleetHistory, { until, ...of }: HistoryOptions, from: number): readonly HistoryEvent[] {
  const found: HistoryEvent[] = []
  for (let [before, limit] = [until, page]; ; ) {
    const events = history.newest({ ...of, until: before, limit })
    const oldest = events.at(-1)?.at ?? from
    const isAll = oldest <= from || events.length < limit
    // Of the oldest time there may be more.
    const kept = events.filter(({ at }) => at > (isAll ? from : oldest))
    for (const event of kept) found.push(event)
    if (isAll) return found.reverse()
    if (kept.length === 0) limit *= 2
    else [before, limit] = [oldest, page]
  }
}
