import type { Problem } from '../model/errors/problem.ts'
import { describeValue, fieldPath } from '../model/errors/problem.ts'
import {
  isDnsLabel,
  isDnsSubdomain,
  isQualifiedName,
  keyAccepted,
  labelNameAccepted,
  subdomainAccepted,
  validateLabels,
} from '../model/names.ts'
import type { Json, JsonObject } from '../model/object.ts'
import { groupOf } from '../model/reference.ts'
import { isMap } from './fields/json.ts'

const apiVersionForm: RegExp = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const kindForm: RegExp = /^[A-Za-z][A-Za-z0-9]{0,62}$/

/**
 * What keeps a document from being a Kubernetes object: its type and its metadata. The rest only an API server can
 * judge.
 *
 * @param origin - the file and line, which begins the path of each problem
 */
export function checkObject(value: Json, origin: string): readonly Problem[] {
  if (!isMap(value)) return [{ path: origin, found: describeValue(value), accepted: 'an object with apiVersion, kind and metadata' }]
  const problems: Problem[] = []
  const { apiVersion, kind, metadata } = value
  if (typeof apiVersion !== 'string' || !apiVersionForm.test(apiVersion))
    problems.push({ path: `${origin} apiVersion`, found: describeValue(apiVersion), accepted: 'an API version such as v1 or apps/v1' })
  if (typeof kind !== 'string' || !kindForm.test(kind))
    problems.push({ path: `${origin} kind`, found: describeValue(kind), accepted: 'a kind such as Deployment' })
  if (!isMap(metadata)) problems.push({ path: `${origin} metadata`, found: describeValue(metadata), accepted: 'an object with a name' })
  else problems.push(...checkMetadata(metadata, typeof apiVersion === 'string' ? groupOf(apiVersion) : '', origin))
  return problems
}

function checkMetadata(metadata: JsonObject, group: string, origin: string): readonly Problem[] {
  const { name, namespace = null, labels = null, annotations = null } = metadata
  const problems: Problem[] = []
  if (typeof name !== 'string' || !isName(name, group)) {
    const generated = name === undefined && metadata.generateName !== undefined
    problems.push({
      path: `${origin} metadata.${generated ? 'generateName' : 'name'}`,
      found: describeValue(generated ? metadata.generateName : name),
      accepted: generated ? 'metadata.name: an object without a fixed name would be recreated at each apply' : acceptedName(group),
    })
  }
  if (namespace !== null && !(typeof namespace === 'string' && (namespace === '' || isDnsLabel(namespace))))
    problems.push({ path: `${origin} metadata.namespace`, found: describeValue(namespace), accepted: labelNameAccepted })
  if (labels !== null) {
    if (isMap(labels)) problems.push(...validateLabels(labels, `${origin} metadata.labels`))
    else problems.push({ path: `${origin} metadata.labels`, found: describeValue(labels), accepted: 'a map of strings' })
  }
  if (annotations !== null) problems.push(...checkAnnotations(annotations, `${origin} metadata.annotations`))
  return problems
}

function checkAnnotations(annotations: Json, path: string): readonly Problem[] {
  if (!isMap(annotations)) return [{ path, found: describeValue(annotations), accepted: 'a map of strings' }]
  return Object.entries(annotations).flatMap(([key, value]) => {
    const at = fieldPath(path, key)
    // Keys of annotations are compared in lower case (apimachinery, ValidateAnnotations).
    if (!isQualifiedName(key.toLowerCase())) return [{ path: at, found: `key ${JSON.stringify(key)}`, accepted: keyAccepted }]
    return typeof value === 'string' ? [] : [{ path: at, found: describeValue(value), accepted: 'a string (quote it)' }]
  })
}

/** Whether every kind of the group has subdomains for names. RBAC has more, and so may APIs that are not definitions. */
function wantsSubdomain(group: string): boolean {
  return group !== 'rbac.authorization.k8s.io' && (!group.includes('.') || group.endsWith('.k8s.io'))
}

function isName(name: string, group: string): boolean {
  if (wantsSubdomain(group)) return isDnsSubdomain(name)
  // What can be a segment of a URL's path (apimachinery, IsValidPathSegmentName), and be read.
  return name !== '' && name.length <= 253 && name !== '.' && name !== '..' && !/[/%\0-\x20\x7f]/.test(name)
}

function acceptedName(group: string): string {
  return wantsSubdomain(group) ? subdomainAccepted : 'at most 253 characters without /, % and spaces'
}
