import type { Problem } from '../model/errors/problem.ts'
import { describeValue, fieldPath } from '../model/errors/problem.ts'
import { isMap } from '../model/json/value.ts'
import { isDnsLabel, isQualifiedName, keyAccepted, labelNameAccepted, validateLabels } from '../model/names.ts'
import type { Json, JsonObject } from '../model/object.ts'

const apiVersionForm: RegExp = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const kindForm: RegExp = /^[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/

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
  else return [...problems, ...checkMetadata(metadata, origin)]
  return problems
}

function checkMetadata(metadata: JsonObject, origin: string): readonly Problem[] {
  const { name, namespace = null, labels = null, annotations = null } = metadata
  const problems: Problem[] = []
  if (typeof name !== 'string' || !isName(name)) {
    const generated = name === undefined && metadata.generateName !== undefined
    problems.push({
      path: `${origin} metadata.${generated ? 'generateName' : 'name'}`,
      found: describeValue(generated ? metadata.generateName : name),
      accepted: generated
        ? 'metadata.name: an object without a fixed name would be recreated at each apply'
        : "a name: not '.' and not '..', and without '/' and '%'",
    })
  }
  if (namespace !== null && !(typeof namespace === 'string' && (namespace === '' || isDnsLabel(namespace))))
    problems.push({ path: `${origin} metadata.namespace`, found: describeValue(namespace), accepted: labelNameAccepted })
  if (labels !== null) {
    if (isMap(labels)) for (const problem of validateLabels(labels, `${origin} metadata.labels`)) problems.push(problem)
    else problems.push({ path: `${origin} metadata.labels`, found: describeValue(labels), accepted: 'a map of strings' })
  }
  return annotations === null ? problems : [...problems, ...checkAnnotations(annotations, `${origin} metadata.annotations`)]
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

/** What every name is, of whatever kind: a segment of a path. What else a kind asks of its names the API server says. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)
}
