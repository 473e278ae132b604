import type { RemoteAssemblageSpec, RemoteAssemblageStatus } from '../../../model/kinds/remote-assemblage/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'

export type Assigned = NonNullable<RemoteAssemblageSpec['modules']>[number]
type Outcome = NonNullable<RemoteAssemblageStatus['modules']>[number]

/** A RemoteAssemblage with what its cluster says of each module that it is assigned; `undefined` when it has said that already. What has no phase has no outcome yet. */
export function reported(object: KubeObject, phases: ReadonlyMap<Assigned, Outcome['phase']>, now: number): KubeObject | undefined {
  const { modules = [] } = object.spec as RemoteAssemblageSpec
  const status = (object.status ?? {}) as Partial<RemoteAssemblageStatus>
  const since = new Date(now).toISOString()
  const next = modules.flatMap((module): Outcome | readonly Outcome[] => {
    const { name, revision, generation } = module
    const phase = phases.get(module)
    const known = status.modules?.find((each) => each.name === name)
    if (phase === undefined) return known ?? []
    return known?.generation === generation && known.phase === phase ? known : { name, revision, generation, phase, since }
  })
  const reportedGeneration = object.metadata.generation as number
  if (JSON.stringify([next, reportedGeneration]) === JSON.stringify([status.modules ?? [], status.reportedGeneration])) return undefined
  return { ...object, status: { ...status, modules: next, reportedGeneration } as never }
}
