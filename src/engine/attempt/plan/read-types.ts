import type { KubeObject } from '../../../model/object.ts'
import { groupOf, isDefinition, type TypeRef, typeKey } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'

/** What is known of the type of an object of the source. */
export interface SourceType {
  readonly namespaced: boolean
  /** Whether it can be applied: the cluster serves it in this API version, or the source defines it. */
  readonly served: boolean
  /** The API versions in which the cluster serves the kind. */
  readonly apiVersions: readonly string[]
}

/** Looks up the type of an object: as the source itself defines it, else as the cluster says; `undefined` when neither knows the kind. */
export async function readTypes(
  cluster: ClusterApi,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<(type: TypeRef) => SourceType | undefined> {
  const defined = new Map(objects.flatMap(definedTypes))
  const types = new Map(objects.map(({ apiVersion, kind }) => [typeKey({ apiVersion, kind }), { apiVersion, kind }]))
  const others = [...types].filter(([key]) => !defined.has(key))
  const found = await Promise.all(others.map(async ([key, type]) => [key, await readType(cluster, type, signal)] as const))
  const known = new Map([...defined, ...found])
  return (type) => known.get(typeKey(type))
}

async function readType(cluster: ClusterApi, { apiVersion, kind }: TypeRef, signal: AbortSignal): Promise<SourceType | undefined> {
  const exact = await cluster.discover({ apiVersion, kind }, { signal })
  const type = exact ?? (await cluster.discover({ group: groupOf(apiVersion), kind }, { signal }))
  return type && { namespaced: type.namespaced, served: exact !== undefined, apiVersions: type.apiVersions }
}

function definedTypes(object: KubeObject): readonly (readonly [string, SourceType])[] {
  if (!isDefinition(object)) return []
  const { group, scope, names, versions } = (object.spec ?? {}) as {
    group?: string
    scope?: string
    names?: { kind?: string }
    versions?: readonly { name?: string }[]
  }
  const type: SourceType = { namespaced: scope === 'Namespaced', served: true, apiVersions: [] }
  return (versions ?? []).map(({ name }) => [typeKey({ apiVersion: `${group}/${name}`, kind: names?.kind ?? '' }), type])
}
