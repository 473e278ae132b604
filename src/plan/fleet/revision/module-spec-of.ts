import type { BootstrapModuleSpec } from '../../../model/kinds/bootstrap-module/types.generated.ts'
import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'

/** What a Module says of its clusters and of how it goes out to them; the rest is in its revisions. */
const kept = ['suspend', 'clusters', 'rollout', 'windows', 'freezes', 'priority', 'deletionPolicy', 'handOver'] as const

/**
 * The spec with which a Module, or a BootstrapModule, wants a revision of its own again: all that the revision says, under the clusters, rollout, windows and policies of the present spec.
 *
 * @example
 * ```ts
 * import { Module } from 'fleetkit'
 * import { type ModuleRevision, moduleSpecOf } from 'fleetkit/fleet'
 *
 * export function rolledBack({ metadata, spec }: Module, revision: ModuleRevision): Module {
 *   return new Module({ metadata, spec: moduleSpecOf(spec, revision) })
 * }
 * ```
 *
 * @category Module
 */
export function moduleSpecOf<Spec extends BootstrapModuleSpec>(present: Spec, { spec }: ModuleRevision): Spec {
  const { module: _, source, deletionPolicy: removalPolicy, ...sync } = spec
  const { url, commit, tag, secretRef } = source.git
  const git = { url, ...(tag === undefined ? { commit } : { tag }), ...(secretRef !== undefined && { secretRef }) }
  const own = Object.fromEntries(kept.flatMap((field) => (present[field] === undefined ? [] : [[field, present[field]]])))
  return { ...sync, ...own, source: { git }, removalPolicy } as Spec
}
