import { invalid } from '../../model/errors/invalid.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { isMap } from '../../model/json/value.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refOf } from '../../model/reference.ts'
import { withoutEmptyMetadata } from '../../model/without-empty-metadata.ts'
import { frozenJson } from './frozen-json.ts'

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dnsLabel: RegExp = new RegExp(`^${label}$`)
const dnsSubdomain: RegExp = new RegExp(`^${label}(\\.${label})*$`)
const qualifiedPart: RegExp = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const versionForm: RegExp = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const kindForm: RegExp = /^[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/
/** How long the annotations of one object may be, in characters. */
const maxAnnotations = 256 * 1024

/**
 * A frozen deep copy of an object that a caller gave to `Store.update`, with empty metadata dropped. Every store
 * passes what it is given through here first, so that all refuse the same objects with the same messages.
 *
 * The rules are those of the API server (k8s.io/apimachinery, `ValidateObjectMeta`): `apiVersion` and `kind` have their form, a
 * name can be a segment of a path (each kind has rules of its own, which only the store behind knows), labels, annotations and finalizers have valid keys and values, annotations are at most 256 KiB, owners are
 * complete, and every value is JSON.
 *
 * @throws FleetkitError `model/invalid` with every problem in `problems`: the path of the field, what was found (a value
 * that can be secret is not shown) and what is accepted.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { validateObject } from 'fleetkit/store'
 *
 * const rows = new Map<string, KubeObject>()
 * export function put(object: KubeObject): KubeObject {
 *   const valid = validateObject(object)
 *   rows.set(valid.metadata.name, valid)
 *   return valid
 * }
 * ```
 */
export function validateObject(input: unknown): KubeObject {
  const object = frozenJson(input, (path, found) => invalid(nameOf(input), [{ path, found, accepted: 'a JSON value' }]))
  const problems: Problem[] = []
  const fault = (path: string, found: unknown, accepted: string): void => {
    problems.push({ path, found: describe(found), accepted })
  }
  if (!isMap(object)) throw invalid(undefined, [{ path: '', found: describe(object), accepted: 'an object' }])
  const { apiVersion, kind } = object
  if (!isApiVersion(apiVersion)) fault('apiVersion', apiVersion, "a version as 'v1' or 'group/v1'")
  if (typeof kind !== 'string' || !kindForm.test(kind)) fault('kind', kind, 'a name in CamelCase')
  if (!isMap(object.metadata)) fault('metadata', object.metadata, 'an object with a name')
  else checkMetadata(object.metadata, fault)
  if (problems.length > 0) throw invalid(nameOf(object), problems)
  return withoutEmptyMetadata(object as unknown as KubeObject)
}

/**
 * {@link validateObject} for `Store.create`: a new object has no resourceVersion, the store gives it one.
 *
 * @throws FleetkitError `model/invalid`
 */
export function validateNewObject(input: unknown): KubeObject {
  const object = validateObject(input)
  const { resourceVersion } = object.metadata
  if (resourceVersion !== undefined && resourceVersion !== '')
    throw invalid(refOf(object), [
      { path: 'metadata.resourceVersion', found: describe(resourceVersion), accepted: 'none: the store gives it' },
    ])
  return object
}

type Fault = (path: string, found: unknown, accepted: string) => void

function checkMetadata(metadata: Record<string, unknown>, fault: Fault): void {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = metadata
  if (!isPathSegment(name)) fault('metadata.name', name, "a name: not '.' and not '..', and without '/' and '%'")
  if (
    namespace !== undefined &&
    namespace !== null &&
    namespace !== '' &&
    !(typeof namespace === 'string' && namespace.length <= 63 && dnsLabel.test(namespace))
  )
    fault('metadata.namespace', namespace, "a DNS label: 'a-z', '0-9' and '-', at most 63 characters")
  for (const field of ['uid', 'resourceVersion'] as const)
    if (metadata[field] !== undefined && metadata[field] !== null && typeof metadata[field] !== 'string')
      fault(`metadata.${field}`, metadata[field], 'a string')
  checkMap('metadata.labels', labels, fault, (path, value) => {
    if (value !== '' && (value.length > 63 || !qualifiedPart.test(value)))
      fault(path, value, "a label value: at most 63 of letters, digits, '-', '_', '.'")
  })
  let size = 0
  checkMap(
    'metadata.annotations',
    annotations,
    fault,
    (_, value) => {
      size += value.length
    },
    // Keys of annotations are compared in lower case (apimachinery, `ValidateAnnotations`).
    (key) => key.toLowerCase(),
  )
  if (size > maxAnnotations) fault('metadata.annotations', `${size} characters`, `at most ${maxAnnotations}`)
  checkList('metadata.finalizers', finalizers, fault, (path, finalizer) => {
    if (!isQualifiedName(finalizer)) fault(path, finalizer, "a qualified name as 'example.com/name'")
  })
  checkList('metadata.ownerReferences', ownerReferences, fault, (path, owner) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'])
      if (!isMap(owner) || typeof owner[field] !== 'string' || owner[field] === '')
        fault(`${path}.${field}`, isMap(owner) ? owner[field] : owner, 'a string')
  })
}

function checkMap(
  path: string,
  map: unknown,
  fault: Fault,
  check: (path: string, value: string) => void,
  formOf: (key: string) => string = (key) => key,
): void {
  if (map === undefined || map === null) return
  if (!isMap(map)) {
    fault(path, map, 'an object of strings')
    return
  }
  for (const [key, value] of Object.entries(map)) {
    if (!isQualifiedName(formOf(key))) fault(`${path}["${key.slice(0, 80)}"]`, key, "a key as 'name' or 'example.com/name'")
    else if (typeof value !== 'string') fault(`${path}["${key}"]`, value, 'a string')
    else check(`${path}["${key}"]`, value)
  }
}

function checkList(path: string, list: unknown, fault: Fault, check: (path: string, element: unknown) => void): void {
  if (list === undefined || list === null) return
  if (!Array.isArray(list)) {
    fault(path, list, 'a list')
    return
  }
  list.forEach((element, index) => {
    check(`${path}[${index}]`, element)
  })
}

function isApiVersion(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > 253 + 64) return false
  const parts = value.split('/')
  const version = parts.at(-1) as string
  return parts.length <= 2 && versionForm.test(version) && (parts.length === 1 || dnsSubdomain.test(parts[0] as string))
}

/** What every name is, of whatever kind: anything else would ask for another path (apimachinery, `IsValidPathSegmentName`). */
function isPathSegment(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value !== '.' && value !== '..' && !/[/%]/.test(value)
}

function isQualifiedName(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const slash = value.indexOf('/')
  const prefix = value.slice(0, Math.max(slash, 0))
  const name = value.slice(slash + 1)
  return name.length <= 63 && qualifiedPart.test(name) && (slash < 0 || (prefix.length <= 253 && dnsSubdomain.test(prefix)))
}

/** The name of an object for the error, as far as it has one. */
function nameOf(object: unknown): ObjectRef | undefined {
  if (!isMap(object) || !isMap(object.metadata)) return undefined
  const { apiVersion, kind, metadata } = object
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof metadata.name !== 'string') return undefined
  return refOf(object as unknown as KubeObject)
}

/** Metadata is not secret, so short strings are shown; of the rest only the type. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return value.length > 80 ? `'${value.slice(0, 80)}…'` : `'${value}'`
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `the ${typeof value} ${value}`
}
