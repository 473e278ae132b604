import { type Condition, setCondition } from '../../model/condition.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf, isList } from '../../model/json/value.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import { groupOf } from '../../model/reference.ts'
import { storedSecret } from '../fields/comparable.ts'
import { isExternal, templateGeneration } from './conditional-defaults.ts'

/** An object with the fields that the API server itself writes before it stores it: the `PrepareFor…` of each kind. */
export function preparedForStorage(object: KubeObject, current: KubeObject | undefined, now: number): KubeObject {
  switch (`${groupOf(object.apiVersion)} ${object.kind}`) {
    case ' Namespace':
      return { ...object, spec: { ...(object.spec as object), finalizers: fieldOf(current?.spec as Json, 'finalizers') ?? ['kubernetes'] } }
    case ' Pod':
      return current === undefined ? { ...object, status: { phase: 'Pending' } } : object
    case ' ServiceAccount': {
      // Of its secrets only the names are kept.
      const secrets = object.secrets as readonly { readonly name?: string }[] | undefined
      return secrets === undefined ? object : { ...object, secrets: secrets.map(({ name }) => (name === undefined ? {} : { name })) }
    }
    case ' Secret':
      return storedSecret(object as unknown as JsonObject) as unknown as KubeObject
    case 'apiextensions.k8s.io CustomResourceDefinition':
      return { ...object, status: definitionStatus(object, now) }
    case ' Service':
      return { ...object, spec: serviceSpec(object, current) }
    case 'apps DaemonSet':
      return withTemplateGeneration(object, current)
    case 'batch Job':
      return current === undefined ? jobWithSelector(object) : object
    default:
      return object
  }
}

type Spec = Readonly<Record<string, Json | undefined>>

/** A Service has the address that it had, or one of its own. That no other has it is not looked after. */
function serviceSpec(object: KubeObject, current: KubeObject | undefined): Spec {
  const { externalTrafficPolicy, ...rest } = (object.spec ?? {}) as Spec
  const spec: Spec = { ...rest, ...(isExternal(rest) && externalTrafficPolicy !== undefined && { externalTrafficPolicy }) }
  if (spec.type === 'ExternalName') return spec
  const { clusterIP, ipFamilies, ipFamilyPolicy } = (current?.spec ?? {}) as Spec
  const address = spec.clusterIP || clusterIP || addressOf(`${object.metadata.namespace}/${object.metadata.name}`)
  return {
    ...spec,
    clusterIP: address,
    // A second address is one of another family.
    clusterIPs: isList(spec.clusterIPs) && spec.clusterIPs[0] === address ? spec.clusterIPs : [address],
    ipFamilies: spec.ipFamilies ?? ipFamilies ?? ['IPv4'],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? ipFamilyPolicy ?? 'SingleStack',
  }
}

/** An address in 10.96.0.0/16, by the name. */
function addressOf(name: string): string {
  let hash = 2166136261
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619) >>> 0
  return `10.96.${(hash >>> 8) & 255}.${hash & 255 || 1}`
}

function withTemplateGeneration(object: KubeObject, current: KubeObject | undefined): KubeObject {
  const template = (of: KubeObject): Json => fieldOf(of.spec as Json, 'template') ?? {}
  const before = Number(current?.metadata.annotations?.[templateGeneration] ?? 0)
  const count = current !== undefined && jsonEqual(template(object), template(current)) ? before : before + 1
  const annotations = { ...object.metadata.annotations, [templateGeneration]: String(count) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** A Job selects its Pods by its uid (registry/batch/job, `generateSelector`). */
function jobWithSelector(object: KubeObject): KubeObject {
  const spec = object.spec as Spec
  if (spec.manualSelector === true) return object
  const { uid = '', name, labels } = object.metadata
  const template = spec.template as { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } }
  const selector = { 'batch.kubernetes.io/controller-uid': uid }
  const all = { ...template.metadata?.labels, ...selector, 'batch.kubernetes.io/job-name': name, 'controller-uid': uid, 'job-name': name }
  const metadata = { ...template.metadata, labels: all }
  // Labels that the Job has from its template are the same.
  const shared = jsonEqual((labels ?? {}) as Json, (template.metadata?.labels ?? {}) as Json) && labels !== undefined
  return {
    ...object,
    metadata: shared ? { ...object.metadata, labels: all } : object.metadata,
    spec: { ...spec, selector: { matchLabels: selector }, template: { ...template, metadata } },
  }
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
