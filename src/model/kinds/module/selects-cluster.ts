import { invalid } from '../../errors/invalid.ts'
import type { ObjectMeta } from '../../object.ts'
import { matchesSelector } from '../../selector.ts'
import type { ModuleClusters } from './types.generated.ts'

/**
 * A Cluster, or as much of it as a selector looks at.
 *
 * @category Module
 */
export interface SelectableCluster {
  readonly metadata: ObjectMeta
  /** Its spec and status, for an expression. */
  readonly [field: string]: unknown
}

/**
 * What an expression says of a Cluster; a text says why there is no answer. `compileClusterExpression` makes one.
 *
 * @category Module
 */
export type ClusterExpression = (cluster: SelectableCluster) => boolean | string

/**
 * Whether a Module selects a cluster: its labels, its name and the rule all have to fit. An absent selector selects nothing, an empty one everything.
 *
 * The answer is a text where the rule has none, as when it reads a field of a status that is not there yet. Such a cluster is neither selected nor deselected: leave it as it is.
 *
 * @param clusters - `spec.clusters` of the Module
 * @param expression - `spec.clusters.expr`, compiled; needed where there is one
 *
 * @throws FleetkitError `model/invalid` for an `expr` without its expression.
 *
 * @example
 * ```ts
 * import type { Cluster, Module } from 'fleetkit'
 * import { compileClusterExpression, selectsCluster } from 'fleetkit/fleet'
 *
 * export async function selected({ spec: { clusters } }: Module, all: readonly Cluster[]): Promise<readonly Cluster[]> {
 *   const expression = clusters?.expr === undefined ? undefined : await compileClusterExpression(clusters.expr)
 *   return all.filter((cluster) => selectsCluster(clusters, cluster.toObject(), expression) === true)
 * }
 * ```
 *
 * @category Module
 */
export function selectsCluster(
  clusters: ModuleClusters | undefined,
  cluster: SelectableCluster,
  expression?: ClusterExpression,
): boolean | string {
  if (clusters === undefined) return false
  const { names, expr, ...selector } = clusters
  if (expr !== undefined && expression === undefined)
    throw invalid(undefined, [
      { path: 'spec.clusters.expr', found: 'an expression that is not compiled', accepted: 'what compileClusterExpression makes of it' },
    ])
  const { name, labels } = cluster.metadata
  if (!matchesSelector(selector, labels) || names?.includes(name) === false) return false
  return expr === undefined || (expression as ClusterExpression)(cluster)
}
