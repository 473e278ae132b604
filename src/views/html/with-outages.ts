import type { TimelineChange } from './timeline.ts'

/** A time during which a cluster cannot be reached. */
interface Outage {
  readonly from: number
  readonly to: number
}

/** Changes of clusters that are `unreachable` during their outages, and after each are as they would be. */
export function withOutages(
  changes: readonly TimelineChange[],
  outages: ReadonlyMap<string, readonly Outage[]>,
): readonly TimelineChange[] {
  const isSeen = ({ cluster, at }: TimelineChange): boolean => !outages.get(cluster)?.some(({ from, to }) => from <= at && at < to)
  const ofLost = Map.groupBy(
    changes.filter(({ cluster }) => outages.has(cluster)),
    ({ cluster }) => cluster,
  )
  const added = [...outages].flatMap(([cluster, spans]) => {
    const own = ofLost.get(cluster) ?? []
    const lastAt = (time: number): TimelineChange | undefined =>
      own.reduce<TimelineChange | undefined>((last, each) => (each.at <= time && each.at >= (last?.at ?? each.at) ? each : last), undefined)
    return spans.flatMap(({ from, to }): readonly TimelineChange[] => {
      const after = lastAt(to)
      const lost: TimelineChange = {
        at: from,
        cluster,
        state: 'unreachable',
        revision: lastAt(from)?.revision,
        why: 'it cannot be reached',
      }
      return after === undefined || to === Infinity ? [lost] : [lost, { ...after, at: to }]
    })
  })
  return [...changes.filter(isSeen), ...added]
}
