import { formatTime } from '../../../model/condition.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import type { AssignedModule } from '../../../model/kinds/remote-assemblage/types.generated.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import { assignedIn, clusterUidAnnotation } from '../../../plan/fleet/objects/assemblage-view.ts'
import type { AssembledModule } from '../../../plan/fleet/planner/input.ts'
import type { RunContext } from '../../runtime/context.ts'
import type { AssemblageTemplateOptions } from '../rollout-options.ts'
import { type Specialiser, whyUnresolved } from '../specialiser.ts'
import { assemblageType } from '../types.ts'

/** What a cluster is to have, and what it is made from. */
export interface AssemblageInput {
  readonly cluster: KubeObject
  readonly modules: readonly AssembledModule[]
  readonly template: AssemblageTemplateOptions
  readonly revisionOf: (name: string) => ModuleRevision | undefined
  readonly specialiser: Specialiser
}

/** What was written. */
export interface WrittenAssemblage {
  /** The RemoteAssemblage as it is stored; `undefined` where there is none, and nothing is to be there. */
  readonly object: KubeObject | undefined
  /** Whether something was written, so that the change will be seen. */
  readonly isWritten: boolean
  /** The modules that the cluster could not be given, and why. It keeps what it had of them. */
  readonly unresolved: ReadonlyMap<string, string>
}

/** Makes the RemoteAssemblage of a cluster say what the cluster is to have. What is as it is to be is not written. */
export async function writeAssemblage(input: AssemblageInput, { store, signal }: RunContext): Promise<WrittenAssemblage> {
  const { name, namespace, uid } = input.cluster.metadata
  const ref: ObjectRef = { ...assemblageType, namespace, name }
  const present = await store.get(ref, { signal })
  if (present !== undefined && present.metadata.annotations?.[clusterUidAnnotation] === undefined)
    throw new FleetkitError('store/conflict', 'it was not made for the modules of its cluster; give it another name', { ref })
  const { entries, unresolved } = await entriesOf(input, present)
  if (present === undefined) {
    if (entries.length === 0) return { object: undefined, isWritten: false, unresolved }
    return { object: await store.create(newAssemblage(input, entries), { signal }), isWritten: true, unresolved }
  }
  const { spec, metadata } = present
  const annotations = { ...metadata.annotations, ...(uid !== undefined && { [clusterUidAnnotation]: uid }) }
  const wanted = {
    ...present,
    metadata: { ...metadata, annotations },
    spec: { ...(spec as JsonObject), modules: entries as unknown as JsonObject[] },
  }
  if (jsonEqual(wanted, present)) return { object: present, isWritten: false, unresolved }
  return { object: await store.update(wanted, { signal }), isWritten: true, unresolved }
}

async function entriesOf(
  { cluster, modules, revisionOf, specialiser }: AssemblageInput,
  present: KubeObject | undefined,
): Promise<{ readonly entries: readonly AssignedModule[]; readonly unresolved: ReadonlyMap<string, string> }> {
  const known =
    present?.metadata.annotations?.[clusterUidAnnotation] === cluster.metadata.uid
      ? assignedIn(present as KubeObject)
      : new Map<string, AssignedModule>()
  const entries: AssignedModule[] = []
  const unresolved = new Map<string, string>()
  for (const { module, assigned } of modules) {
    if (assigned?.version == null) continue
    const { version, generation, at } = assigned
    const before = known.get(module)
    if (before?.revision === version && before.generation === generation) {
      entries.push(before)
      continue
    }
    const revision = revisionOf(version)
    const result = revision && (await specialiser.of(revision, cluster))
    if (result === undefined || 'problems' in result) {
      unresolved.set(module, whyUnresolved(version, result))
      if (before !== undefined) entries.push(before)
      continue
    }
    const { digest, values } = result
    entries.push({
      name: module,
      revision: version,
      generation,
      at: formatTime(at),
      digest,
      ...(Object.keys(values).length > 0 && { values }),
    })
  }
  return { entries, unresolved }
}

function newAssemblage({ cluster, template }: AssemblageInput, entries: readonly AssignedModule[]): KubeObject {
  const { name, namespace, uid } = cluster.metadata
  const { driver = 'fleetkit', namespace: there } = template
  return {
    ...assemblageType,
    metadata: { name, namespace, ...(uid !== undefined && { annotations: { [clusterUidAnnotation]: uid } }) },
    spec: {
      cluster: { name },
      template: { ...(there !== undefined && { metadata: { namespace: there } }), spec: { driver, syncs: [] } },
      modules: entries as unknown as JsonObject[],
    },
  }
}
