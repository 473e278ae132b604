import { getCondition } from '../../../model/condition.ts'
import type { AnyModule } from '../../../model/kinds/bootstrap-module/read-module.ts'
import { bootstrapModuleType } from '../../../model/kinds/bootstrap-module/type.ts'
import type { KubeObject } from '../../../model/object.ts'
import { parseStrategy } from '../../../rollout/strategy/parse-strategy.ts'
import type { FleetModule } from '../planner/input.ts'

/**
 * Annotation on a Module: another value of it tries the same revision again, failed clusters included.
 *
 * @category Module
 */
export const retryAnnotation = 'rollout.fleetkit.dev/retry'

/**
 * Annotation on a Module: the name of the ModuleRevision whose rollout is aborted. Nothing is started of it any more; what is updating may finish.
 *
 * @category Module
 */
export const abortAnnotation = 'rollout.fleetkit.dev/abort'

/**
 * What is known of the clusters of a Module.
 *
 * @category Fleet
 */
export interface ModuleClustersKnown {
  /** The clusters that its expression says yes to; absent where it has none. */
  readonly names?: readonly string[] | undefined
  /** The clusters that it is not touched on. */
  readonly holds?: FleetModule['holds']
}

/**
 * A Module, or a BootstrapModule, as a fleet is planned from; `undefined` while no revision of it is known. While the revision of its present generation is not known, nothing is
 * started. One that is being deleted is removed from its clusters, if that is its policy.
 *
 * @example
 * ```ts
 * import type { Module } from 'fleetkit'
 * import { fleetModuleOf } from 'fleetkit/fleet'
 *
 * export function isPaused(module: Module): boolean {
 *   return fleetModuleOf(module)?.paused ?? false
 * }
 * ```
 *
 * @category Module
 */
export function fleetModuleOf(module: AnyModule, { names, holds }: ModuleClustersKnown = {}): FleetModule | undefined {
  const { metadata, spec, status } = module
  const { revision } = status ?? {}
  if (revision === undefined) return undefined
  const { names: listed, expr: _, ...selector } = spec.clusters ?? {}
  const isGoing = metadata.deletionTimestamp !== undefined && spec.deletionPolicy === 'Delete'
  const nonce = metadata.annotations?.[retryAnnotation]
  const only = names === undefined || listed === undefined ? (names ?? listed) : listed.filter((name) => names.includes(name))
  return {
    id: metadata.name,
    revision: isGoing ? null : revision,
    rollout: parseStrategy(spec.rollout).compile(),
    priority: spec.priority,
    windows: { allow: spec.windows ?? [], freezes: spec.freezes ?? [] },
    paused: spec.suspend || !(isGoing || isPinned(module)),
    aborted: metadata.annotations?.[abortAnnotation] === revision,
    ...(module.kind === bootstrapModuleType.kind && { direct: true }),
    ...(nonce !== undefined && { nonce }),
    ...(spec.clusters !== undefined && !isGoing && { selector }),
    ...(only !== undefined && { names: only }),
    ...(holds !== undefined && { holds }),
  }
}

/** Whether the revision that its status names is that of its present generation. */
export function isPinned({ metadata, status }: Pick<KubeObject, 'metadata'> & Pick<AnyModule, 'status'>): boolean {
  const pinned = getCondition(status?.conditions, 'Pinned')
  return pinned?.status === 'True' && pinned.observedGeneration === metadata.generation
}
