import { groupOf, isDefinition, type TypeRef, versionOf } from '../../../model/reference.ts'
import { decode } from './decode.ts'
import { Fields } from './fields.ts'
import type { Transport } from './transport.ts'

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** A group with more definitions is not waited for. */
const maxCandidates = 50

/** Whether writing `object` makes the cluster serve something new. */
export function definesTypes(type: TypeRef): boolean {
  return isDefinition(type) || (type.kind === 'APIService' && groupOf(type.apiVersion) === 'apiregistration.k8s.io')
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
  const names = namesIn(await get(definitionsPath, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'))
  const candidates = names.filter((name) => name.slice(name.indexOf('.') + 1) === group)
  for (const name of candidates.slice(0, maxCandidates)) {
    const answer = stateOf(await get(`${definitionsPath}/${encodeURIComponent(name)}`, 'application/json'), type)
    if (answer === undefined) continue
    return answer.accepted && (answer.establishedAt === undefined || now - answer.establishedAt < 10_000)
  }
  return false
}

function namesIn(body: unknown): readonly string[] {
  if (body === undefined) return []
  return decode('a list of definitions', () =>
    new Fields(body).mappings('items').map((item) => item.requiredMapping('metadata').requiredText('name')),
  )
}

interface DefinitionState {
  /** Whether it names a served version and is not refused. */
  readonly accepted: boolean
  readonly establishedAt: number | undefined
}

/** What a definition says of `type`; `undefined` for one of another kind. */
function stateOf(body: unknown, type: TypeRef): DefinitionState | undefined {
  if (body === undefined) return undefined
  return decode('a definition', () => {
    const definition = new Fields(body)
    const spec = definition.requiredMapping('spec')
    if (spec.mapping('names')?.text('kind') !== type.kind) return undefined
    const conditions = definition.mapping('status')?.mappings('conditions') ?? []
    const condition = (type: string, status: string): Fields | undefined =>
      conditions.find((candidate) => candidate.text('type') === type && candidate.text('status') === status)
    const served = spec
      .mappings('versions')
      .some((version) => version.flag('served') && version.text('name') === versionOf(type.apiVersion))
    const established = condition('Established', 'True')
    return {
      accepted: served && condition('NamesAccepted', 'False') === undefined,
      establishedAt: established && Date.parse(established.text('lastTransitionTime') ?? ''),
    }
  })
}
