import type { KubeObject } from '../../../model/object.ts'
import { groupOf, isDefinition, type TypeRef, versionOf } from '../../../model/reference.ts'
import type { Transport } from './transport.ts'

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** A group with more definitions is not waited for. */
const maxCandidates = 50

/** Whether writing `object` makes the cluster serve something new. */
export function definesTypes(type: TypeRef): boolean {
  return isDefinition(type) || (type.kind === 'APIService' && groupOf(type.apiVersion) === 'apiregistration.k8s.io')
}

interface Definition {
  readonly spec?: {
    readonly names?: { readonly kind?: string }
    readonly versions?: readonly { readonly name: string; readonly served: boolean }[]
  }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[]
  }
}

/**
 * Whether a definition of `type` exists that the API server will soon serve: it is not established yet, or has been for
 * a few seconds only, while the handler of its resources may still be missing (k8s.io/apiextensions-apiserver waits 5 s).
 */
export async function isAboutToBeServed(
  type: TypeRef,
  transport: Transport,
  now: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const group = groupOf(type.apiVersion)
  if (!group.includes('.')) return false
  const get = async (path: string, accept: string): Promise<unknown> => {
    const response = await transport.request({ method: 'GET', path, accept, repeatable: true, signal, request: { verb: 'discover', type } })
    return response.status === 200 ? response.body : undefined
  }
  // A definition is named `<plural>.<group>`; the whole ones are large, so only names are listed.
  const names = (await get(definitionsPath, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')) as
    | { readonly items?: readonly KubeObject[] }
    | undefined
  const candidates = (names?.items ?? []).map(({ metadata }) => metadata.name).filter((name) => name.slice(name.indexOf('.') + 1) === group)
  for (const name of candidates.slice(0, maxCandidates)) {
    const definition = (await get(`${definitionsPath}/${encodeURIComponent(name)}`, 'application/json')) as Definition | undefined
    if (definition?.spec?.names?.kind !== type.kind) continue
    if (!definition.spec.versions?.some(({ name, served }) => served && name === versionOf(type.apiVersion))) return false
    const conditions = definition.status?.conditions ?? []
    if (conditions.some((condition) => condition.type === 'NamesAccepted' && condition.status === 'False')) return false
    const established = conditions.find((condition) => condition.type === 'Established' && condition.status === 'True')
    return established === undefined || now - Date.parse(established.lastTransitionTime ?? '') < 10_000
  }
  return false
}
