import { FleetkitError } from '../../model/errors/error.ts'
import { selectsCluster } from '../../model/kinds/module/selects-cluster.ts'
import type { ModuleClusters, RolloutSpec } from '../../model/kinds/module/types.generated.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import { compileRollout } from '../strategy/compile.ts'
import type { RolloutStrategy } from '../strategy/rollout-strategy.ts'
import type { TargetView } from '../target-view.ts'

/** What a forecast needs of a Module; a Module has it. */
export interface ForecastModule {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly clusters?: ModuleClusters | undefined; readonly rollout: RolloutSpec }
}

/** A cluster as a forecast takes it: what is absent is assumed. A Cluster object fits as well. */
export type ForecastCluster =
  | (Pick<TargetView, 'id'> & Partial<TargetView>)
  | { readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> | undefined } }

/** The module, its strategy, and the clusters that it selects. */
export interface Subject {
  readonly name: string
  readonly strategy: CanonicalStrategy
  readonly clusters: readonly TargetView[]
}

/** Takes a Module or a strategy, and fills in what is absent in the clusters. */
export function subjectOf(
  module: ForecastModule | undefined,
  rollout: CanonicalStrategy | RolloutStrategy | undefined,
  clusters: readonly ForecastCluster[],
  version: string | null,
  start: number,
): Subject {
  if (module === undefined && rollout === undefined) {
    throw new FleetkitError('model/invalid', 'forecast: found neither module nor rollout, accepted one of them')
  }
  const strategy =
    rollout === undefined ? compileRollout((module as ForecastModule).spec.rollout) : 'compile' in rollout ? rollout.compile() : rollout
  const views = clusters.map((cluster) => viewOf(cluster, version, start))
  const selected = module === undefined ? views : selectedOf(module.spec.clusters, views)
  return { name: module?.metadata.name ?? 'module', strategy, clusters: selected }
}

/** The clusters that a Module selects by their names and labels. */
function selectedOf(clusters: ModuleClusters | undefined, views: readonly TargetView[]): readonly TargetView[] {
  if (clusters?.expr !== undefined) {
    const accepted = 'labels and names: a forecast evaluates no expression'
    throw new FleetkitError('model/invalid', `forecast: found a module that selects clusters by spec.clusters.expr, accepted ${accepted}`)
  }
  return views.filter(({ id, labels }) => selectsCluster(clusters, { metadata: { name: id, labels } }) === true)
}

/** What is assumed to be there has been so for years: it is no recent start. */
const long = 3660 * 86_400_000

function viewOf(cluster: ForecastCluster, version: string | null, start: number): TargetView {
  const known: Pick<TargetView, 'id'> & Partial<TargetView> =
    'metadata' in cluster ? { id: cluster.metadata.name, labels: cluster.metadata.labels } : cluster
  const has = version === null ? null : { version, generation: 1 }
  const view: TargetView = {
    reach: { ok: true, since: start },
    assigned: has === null ? null : { ...has, at: start - long },
    observed: has === null ? null : { ...has, phase: 'ready', since: start - long },
    ...known,
  }
  const { reach, assigned, observed } = view
  return {
    ...view,
    // What was seen was seen before it begins, whatever the clocks say.
    reach: { ...reach, since: Math.min(reach.since, start) },
    assigned: assigned && { ...assigned, at: Math.min(assigned.at, start) },
    observed: observed && { ...observed, since: Math.min(observed.since, start) },
  }
}
