import { toMs } from '../../rollout/forecast/assumptions.ts'
import type { ForecastInput } from '../../rollout/forecast/input.ts'
import type { Forecast } from '../../rollout/forecast/result.ts'
import { subjectOf } from '../../rollout/forecast/subject.ts'
import { assignStages } from '../../rollout/planner/assign-stages.ts'
import { isReady } from '../../rollout/planner/outcome.ts'
import type { RolloutAction } from '../../rollout/planner/plan.ts'
import { failureTexts } from '../../rollout/planner/results.ts'
import { trackOf } from '../../rollout/planner/tracks.ts'
import { statesOf } from '../../rollout/state/tracks.ts'
import type { CanonicalStrategy } from '../../rollout/strategy/canonical.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import { stageOf } from '../sectioned-bars.ts'
import type { FleetTimeline, TimelineChange } from './timeline.ts'
import { withOutages } from './with-outages.ts'

/**
 * What a timeline of a forecast calls what it shows.
 *
 * @category Pages
 */
export interface ForecastTimelineOptions {
  /** Default: the name of the Module, or `forecast`. */
  readonly title?: string | undefined
  /** The version that is rolled out. Default `after`. */
  readonly version?: string | undefined
  /** The version before it. Default `before`. */
  readonly before?: string | undefined
}

/**
 * A forecast as the states of its clusters over time. Its times are dates where `assume.start` is given, and count from the beginning otherwise.
 * Between the beginning and the end it does not know why a cluster is held, only why it is started.
 *
 * @param forecast - what came of it; one module of a `RolloutsForecast` is one too
 * @param input - what was forecast
 *
 * @throws FleetkitError `model/invalid` when `input` has neither a Module nor a strategy.
 *
 * @example
 * ```ts
 * import { forecast } from 'fleetkit/forecast'
 * import { AllAtOnce } from 'fleetkit/rollout'
 * import { forecastTimeline } from 'fleetkit/views'
 *
 * const input = { rollout: new AllAtOnce({}), clusters: [{ id: 'a' }], assume: { readyAfter: '5m' } }
 * const { changes } = forecastTimeline(forecast(input), input)
 * console.log(changes.map(({ at, state }) => `${at} ${state}`)) // 0 pending, 0 updating, 300000 ready
 * ```
 *
 * @category Pages
 */
export function forecastTimeline(forecast: Forecast, input: ForecastInput, options: ForecastTimelineOptions = {}): FleetTimeline {
  const { assume = {}, module } = input
  const start = assume.start ?? 0
  const { strategy, clusters } = subjectOf(module, input.rollout, input.clusters, assume.installed === false ? null : 'before', start)
  const duration = forecast.bars.reduce((last, { until = 0 }) => Math.max(last, until), forecast.duration)
  const stages = stagesOf(forecast, strategy, clusters)
  const changes = [...beginning(forecast, clusters), ...arrivals(forecast), ...decisions(forecast), ...held(forecast, duration)]
  return {
    title: options.title ?? module?.metadata.name ?? 'forecast',
    clusters: clusters.map(({ id, labels }) => ({ id, stage: stages.get(id) ?? stageOf({ stage: null }), labels })),
    changes: withOutages(changes, outagesOf(clusters, assume)).flatMap((change) =>
      change.at > duration ? [] : { ...change, at: start + change.at, revision: named(change.revision, options) },
    ),
    from: start,
    to: start + duration,
    elapsed: assume.start === undefined,
  }
}

/** A forecast has names of its own for the two versions, where it is not given others. */
function named(revision: string | undefined, { version = 'after', before = 'before' }: ForecastTimelineOptions): string | undefined {
  return revision === 'after' ? version : revision === 'before' ? before : revision
}

/** Those that were started say it; the others are where the strategy puts them. */
function stagesOf({ bars, end }: Forecast, strategy: CanonicalStrategy, clusters: readonly TargetView[]): ReadonlyMap<string, string> {
  const opened = end.state === null ? [] : statesOf(end.state).flatMap((state) => state.opened)
  const { stages, stageOf: indexOf, views } = assignStages(strategy, clusters, strategy.tracks === undefined ? opened : [])
  const planned = views.slice().map((view, index) => {
    const track = strategy.tracks === undefined ? undefined : trackOf(view, strategy.tracks)
    return [view.id, stageOf({ track, stage: stages[indexOf[index] as number]?.name ?? null })] as const
  })
  return new Map([...planned, ...bars.map((bar) => [bar.cluster, stageOf(bar)] as const)])
}

function beginning({ end }: Forecast, clusters: readonly TargetView[]): readonly TimelineChange[] {
  const wanted = end.state?.rid.version
  return clusters.map((view) => {
    const revision = view.assigned?.version ?? undefined
    const has = (revision ?? null) === wanted
    const state = !has ? 'pending' : revision === undefined ? 'absent' : isReady(view) ? 'ready' : 'updating'
    return { at: 0, cluster: view.id, state, revision }
  })
}

function arrivals({ bars }: Forecast): readonly TimelineChange[] {
  return bars.flatMap(({ cluster, until, outcome, to }) =>
    until === undefined || outcome !== 'done'
      ? []
      : { at: until, cluster, state: to === null ? 'absent' : 'ready', revision: to ?? undefined },
  )
}

const causes = {
  stage: 'its stage has begun',
  'catch-up': 'a later stage has begun',
  retry: 'it is tried again',
  baseline: 'it is new, and gets what the others had',
  revert: 'it gets what it had before',
  absent: 'the module is to be gone',
  deselected: 'the module does not select it any more',
} as const

function decisions({ steps }: Forecast): readonly TimelineChange[] {
  const approvals = new Map<string, string>()
  const revisions = new Map<string, string>()
  return steps.flatMap(({ at, actions, events }) => {
    const failures = events.flatMap((event): readonly TimelineChange[] => {
      if (event.type === 'opened' && event.approvedBy.length > 0)
        approvals.set(stageOf({ track: event.track, stage: event.stage }), event.approvedBy.join(', '))
      if (event.type !== 'failed' && event.type !== 'retrying') return []
      const { target, reason } = event.type === 'failed' ? event.failure : event.retry
      const why = `${failureTexts[reason]}${event.type === 'failed' ? '' : '; it is tried again'}`
      return [{ at, cluster: target, state: 'failed', revision: revisions.get(target), why }]
    })
    const starts = actions.map((action): TimelineChange => {
      const revision = 'set' in action ? action.set : undefined
      if (revision === undefined) revisions.delete(action.target)
      else revisions.set(action.target, revision)
      return { at, cluster: action.target, state: 'updating', revision, why: whyStarted(action, approvals) }
    })
    return [...failures, ...starts]
  })
}

function whyStarted(action: RolloutAction, approvals: ReadonlyMap<string, string>): string {
  const stage = stageOf(action)
  const approvers = approvals.get(stage)
  return `stage ${stage}: ${causes[action.why]}${approvers === undefined ? '' : `, approved by ${approvers}`}`
}

/** Why those are as they are that are left at the end. What is said of a cluster by its name is said of no other. */
function held(forecast: Forecast, duration: number): readonly TimelineChange[] {
  const started = new Set(forecast.bars.map(({ cluster }) => cluster))
  const versions = new Map(forecast.end.clusters.map(({ id, assigned }) => [id, assigned?.version ?? undefined]))
  return forecast.deadEnds.flatMap(({ reason, message, clusters }) =>
    clusters.flatMap((cluster, index): readonly TimelineChange[] => {
      if (started.has(cluster)) return []
      const isOwn = message.startsWith(`${clusters[0]} `)
      const why = isOwn && index > 0 ? `held: ${reason}` : message
      return [{ at: duration, cluster, state: 'pending', revision: versions.get(cluster), why }]
    }),
  )
}

/** By cluster: when it cannot be reached, from the beginning on. */
function outagesOf(clusters: readonly TargetView[], { outages = [] }: NonNullable<ForecastInput['assume']>) {
  const found = Map.groupBy(
    outages.map(({ cluster, from, to }) => ({
      cluster,
      from: toMs(from, 'outages'),
      to: to === undefined ? Infinity : toMs(to, 'outages'),
    })),
    ({ cluster }) => cluster,
  )
  for (const { id, reach } of clusters) if (!reach.ok && !found.has(id)) found.set(id, [{ cluster: id, from: 0, to: Infinity }])
  return found
}
