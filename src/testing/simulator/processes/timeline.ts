import { type Outage, toMs } from '../../../rollout/forecast/assumptions.ts'
import { reachChangesOf } from '../../../rollout/forecast/outcomes.ts'
import type { SimulatedWorld } from '../options.ts'
import { pick } from './draw.ts'

/** Something that happens by itself. */
export interface Disturbance {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly does:
    | { readonly what: 'crash' | 'cutOff' | 'connect' | 'skew' }
    | { readonly what: 'reach'; readonly cluster: string; readonly isOk: boolean }
  /** Whether it happens even once everything has healed: an outage that was given ends when it was said to. */
  readonly isGiven: boolean
}

const longestOutageMs = 600_000
const longestPartitionMs = 300_000

export interface TimelineOptions {
  readonly world: SimulatedWorld
  readonly clusters: readonly string[]
  readonly start: number
  readonly during: number
  readonly random: () => number
}

/** What will happen, the next first: drawn once, so that what people do changes nothing of it. */
export function timelineOf({ world, clusters, start, during, random }: TimelineOptions): Disturbance[] {
  const { outages = 0, crashes = 0, partitions = 0, clockJumps = 0 } = world
  const times = (count: number): readonly number[] => Array.from({ length: count }, () => start + random() * during)
  const given: readonly Outage[] = typeof outages === 'number' ? [] : outages
  const lost = typeof outages === 'number' ? times(outages) : []
  const timeline: Disturbance[] = [
    ...reachChangesOf(given, start).map(
      ({ at, cluster, ok }) => ({ at, does: { what: 'reach', cluster, isOk: ok }, isGiven: true }) as const,
    ),
    ...lost.flatMap((at): readonly Disturbance[] => {
      const cluster = pick(random, clusters)
      const until = at + random() * longestOutageMs
      return [reach(at, cluster, false), reach(until, cluster, true)]
    }),
    ...times(crashes).map((at) => ({ at, does: { what: 'crash' }, isGiven: false }) as const),
    ...times(partitions).flatMap((at): readonly Disturbance[] => [
      { at, does: { what: 'cutOff' }, isGiven: false },
      { at: at + random() * longestPartitionMs, does: { what: 'connect' }, isGiven: false },
    ]),
    ...times(clockJumps).map((at) => ({ at, does: { what: 'skew' }, isGiven: false }) as const),
  ]
  return timeline.sort((a, b) => a.at - b.at)
}

/** The clusters that are lost for good. */
export function lostForGood({ outages = [] }: SimulatedWorld): ReadonlySet<string> {
  if (typeof outages === 'number') return new Set()
  const last = new Map<string, Outage>()
  for (const outage of outages) {
    const before = last.get(outage.cluster)
    if (before === undefined || toMs(outage.from, 'outages') >= toMs(before.from, 'outages')) last.set(outage.cluster, outage)
  }
  return new Set([...last.values()].flatMap(({ cluster, to }) => (to === undefined ? [cluster] : [])))
}

function reach(at: number, cluster: string, isOk: boolean): Disturbance {
  return { at, does: { what: 'reach', cluster, isOk }, isGiven: false }
}
