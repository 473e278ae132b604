import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import type { FleetRevision } from '../planner/input.ts'

/**
 * A ModuleRevision as a fleet is planned from.
 *
 * @example
 * ```ts
 * import type { ModuleRevision } from 'fleetkit/fleet'
 * import { fleetRevisionOf } from 'fleetkit/fleet'
 *
 * export function needs(revision: ModuleRevision): readonly string[] {
 *   return (fleetRevisionOf(revision).needs ?? []).map(({ module }) => module)
 * }
 * ```
 *
 * @category Fleet
 */
export function fleetRevisionOf({ metadata, spec, version }: ModuleRevision): FleetRevision {
  const needs = (spec.dependsOn ?? []).map(({ name, namespace = metadata.namespace, version: range }) => ({
    // A cluster has the modules of its own namespace: one of another is never there, and the reason names it.
    module: namespace === metadata.namespace ? name : `${namespace}/${name}`,
    ...(range !== undefined && { range }),
  }))
  return { module: spec.module.name, id: metadata.name, version, ...(needs.length > 0 && { needs }) }
}
