import { fieldOf } from '../../../manifest/fields/json.ts'
import { type Condition, setCondition } from '../../../model/condition.ts'
import { jsonEqual } from '../../../model/json-equal.ts'
import type { Json, KubeObject } from '../../../model/object.ts'

/** The fields that the API server itself writes into objects of some kinds. */
export function serverFields(object: KubeObject, current: KubeObject | undefined, now: number): KubeObject {
  switch (`${object.apiVersion} ${object.kind}`) {
    case 'v1 Namespace': {
      const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
      return { ...object, metadata: { ...object.metadata, labels }, status: { phase: 'Active', ...(object.status as object) } }
    }
    case 'apiextensions.k8s.io/v1 CustomResourceDefinition':
      return { ...object, status: definitionStatus(object, now) }
    case 'v1 Service': {
      // An address stays unless another one is requested.
      const address = fieldOf(current?.spec as Json | undefined, 'clusterIP')
      const spec = object.spec as Readonly<Record<string, Json>> | undefined
      return address === undefined || spec?.clusterIP !== undefined ? object : { ...object, spec: { ...spec, clusterIP: address } }
    }
    default:
      return object
  }
}

/** The generation of a Deployment counts changes of its annotations too: they are copied to its ReplicaSets (registry/apps/deployment, `PrepareForUpdate`). */
export function annotationsCounted(next: KubeObject, current: KubeObject | undefined): KubeObject {
  const { generation } = next.metadata
  if (next.kind !== 'Deployment' || next.apiVersion !== 'apps/v1' || current === undefined) return next
  const same = jsonEqual((next.metadata.annotations ?? {}) as Json, (current.metadata.annotations ?? {}) as Json)
  if (generation === undefined || generation !== current.metadata.generation || same) return next
  return { ...next, metadata: { ...next.metadata, generation: generation + 1 } }
}

/** A definition is served as soon as it is stored. */
function definitionStatus(definition: KubeObject, now: number): Json {
  const spec = definition.spec as Json
  const before = fieldOf(definition.status as Json | undefined, 'conditions') as unknown as readonly Condition[] | undefined
  const accepted = setCondition(
    before ?? [],
    { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    now,
  )
  const conditions = setCondition(
    accepted,
    { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
    now,
  )
  const versions = (fieldOf(spec, 'versions') ?? []) as readonly Json[]
  const stored = versions.filter((version) => fieldOf(version, 'storage') === true).map((version) => fieldOf(version, 'name') as Json)
  return { acceptedNames: fieldOf(spec, 'names') ?? {}, conditions: conditions as unknown as Json, storedVersions: stored }
}
