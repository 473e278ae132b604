import { remoteAssemblageStatusOf } from '../../../model/kinds/remote-assemblage/status.ts'
import type {
  AssignedModule,
  RemoteAssemblageSpec,
  RemoteAssemblageStatus,
} from '../../../model/kinds/remote-assemblage/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { parseTime } from '../../../model/time.ts'
import type { ObservedVersion } from '../../../rollout/target-view.ts'
import type { AssemblageView, AssembledModule } from '../planner/input.ts'

/**
 * Annotation on a RemoteAssemblage: the uid of the Cluster that its modules were assigned to. What another Cluster of the same name had counts for nothing.
 *
 * @category Fleet
 */
export const clusterUidAnnotation = 'fleet.fleetkit.dev/cluster-uid'

/**
 * What a cluster was assigned, and what was seen there, by its RemoteAssemblage: as a fleet is planned from.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { assemblageViewOf } from 'fleetkit/fleet'
 *
 * export function assignedTo(remoteAssemblage: KubeObject): readonly string[] {
 *   return assemblageViewOf(remoteAssemblage).modules.map(({ module, assigned }) => `${module} ${assigned?.version}`)
 * }
 * ```
 *
 * @category Fleet
 */
export function assemblageViewOf(object: KubeObject): AssemblageView {
  const assigned = assignedIn(object)
  const seen = seenIn(object)
  const names = new Set([...assigned.keys(), ...seen.keys()])
  const uid = object.metadata.annotations?.[clusterUidAnnotation]
  return {
    cluster: object.metadata.name,
    ...(uid !== undefined && { uid }),
    modules: [...names].map((name) => ({
      module: name,
      assigned: assignmentOf(assigned.get(name), seen.get(name)),
      observed: seen.get(name) ?? null,
    })),
  }
}

/**
 * The view as it counts for a Cluster. Of another one of the same name nothing is left but how far it was counted: an outcome of then must not be one of now.
 *
 * @param uid - of the Cluster
 */
export function viewForCluster(view: AssemblageView, uid: string | undefined): AssemblageView {
  if (view.uid === uid) return view
  const modules = view.modules.map(({ assigned, observed, ...module }): AssembledModule => {
    const generation = Math.max(assigned?.generation ?? 0, observed?.generation ?? 0)
    return { ...module, assigned: null, observed: { version: null, generation, phase: 'absent', since: 0 } }
  })
  return { cluster: view.cluster, ...(uid !== undefined && { uid }), modules }
}

/** The entries of a RemoteAssemblage, by the name of their Module. */
export function assignedIn({ spec }: Pick<KubeObject, 'spec'>): ReadonlyMap<string, AssignedModule> {
  const { modules } = (spec ?? {}) as Partial<RemoteAssemblageSpec>
  return new Map((Array.isArray(modules) ? modules : []).map((entry) => [entry.name, entry]))
}

/** What was seen of each module of a cluster last. */
export function seenIn(object: Pick<KubeObject, 'status'>): ReadonlyMap<string, ObservedVersion> {
  const { modules = [] }: RemoteAssemblageStatus = remoteAssemblageStatusOf(object)
  return new Map(
    modules.map(({ name, revision, generation, phase, since }) => [
      name,
      { version: revision, generation, phase: phase === 'Failed' ? 'failed' : 'ready', since: parseTime(since) ?? 0 },
    ]),
  )
}

/** What is seen and was taken out is being removed. */
function assignmentOf(entry: AssignedModule | undefined, seen: ObservedVersion | undefined): AssembledModule['assigned'] {
  if (entry !== undefined) return { version: entry.revision, generation: entry.generation, at: parseTime(entry.at) ?? 0 }
  return seen === undefined ? null : { version: null, generation: seen.generation + 1, at: seen.since }
}

/** Whether a cluster has said that it has nothing any more of what was taken out of its RemoteAssemblage. */
export function isReported({ metadata, ...object }: KubeObject): boolean {
  return remoteAssemblageStatusOf(object).reportedGeneration === metadata.generation
}
