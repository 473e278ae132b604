import { getCondition } from '../../model/condition.ts'
import type { AssemblageStatus, AssembledSyncStatus } from '../../model/kinds/assemblage/types.generated.ts'
import type {
  AssignedModule,
  AssignedModuleStatus,
  RemoteAssemblageSpec,
  RemoteAssemblageStatus,
} from '../../model/kinds/remote-assemblage/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'

/**
 * What a RemoteAssemblage shows of the syncs of its Assemblage: of each module the last outcome, with the assignment that it is of; every other sync as it is reported.
 *
 * @param report - of the RemoteAssemblage as it is
 */
export function shownSyncs(
  { metadata, spec }: KubeObject,
  { syncs, conditions }: AssemblageStatus,
  previous: RemoteAssemblageStatus,
): Pick<RemoteAssemblageStatus, 'syncs' | 'modules' | 'reportedGeneration'> {
  const { template, modules: assigned = [] } = spec as unknown as RemoteAssemblageSpec
  const wanted = new Set([...template.spec.syncs, ...assigned].map(({ name }) => name))
  const before = new Map(previous.modules?.map((module) => [module.name, module]))
  const reported = new Map(syncs?.map((sync) => [sync.name, sync]))
  const removed = [...before.values()].filter(({ name }) => !wanted.has(name) && reported.has(name))
  const modules = new Set([...assigned, ...removed].map(({ name }) => name))
  const others = syncs?.filter(({ name }) => !modules.has(name))
  // What is refused as a whole is not what its syncs were judged by.
  if (syncs === undefined || getCondition(conditions, 'Stalled')?.status === 'True') return { syncs: others }
  const shown = [
    ...assigned.flatMap((module) => outcomeOf(module, reported.get(module.name), before.get(module.name))),
    ...removed.map((module) => removalOf(module, reported.get(module.name) as AssembledSyncStatus)),
  ]
  return { syncs: others, modules: shown.length === 0 ? undefined : shown, reportedGeneration: metadata.generation }
}

/** The last outcome of a module; none while it has none. */
function outcomeOf(
  { name, revision, generation }: AssignedModule,
  sync: AssembledSyncStatus | undefined,
  before: AssignedModuleStatus | undefined,
): readonly AssignedModuleStatus[] {
  const assignment = { name, revision, generation }
  if (sync?.state === 'Ready') return [{ ...assignment, phase: 'Ready', since: sync.since }]
  if (sync?.state === 'Failed' || sync?.state === 'Stalled')
    return [{ ...assignment, phase: 'Failed', since: sync.since, message: sync.message }]
  // What was being removed is in the cluster no longer.
  return before === undefined || before.phase === 'Removing' ? [] : [before]
}

/** A module that is assigned no longer and is still there. */
function removalOf({ name, revision, generation }: AssignedModuleStatus, { since, message }: AssembledSyncStatus): AssignedModuleStatus {
  return { name, revision, generation, phase: 'Removing', since, message }
}
