import { isMap } from '../model/json/value.ts'
import type { Json, JsonObject, KubeObject } from '../model/object.ts'
import { groupKindOf, groupOf } from '../model/reference.ts'
import { type DependencyName, dependsOnAnnotation, formatDependsOn, parseDependsOn } from './depends-on.ts'

/** A place where objects of a kind name another object with its namespace. */
interface Reference {
  readonly path: readonly string[]
  /** The kind, in the core group, that is named; absent where the namespace always follows. */
  readonly kind?: string
}

const webhook: Reference = { path: ['webhooks', 'clientConfig', 'service'], kind: 'Service' }
const subject: Reference = { path: ['subjects'], kind: 'ServiceAccount' }

// The fields of kustomize's namespace transformer and of its name references that have a namespace.
const references: ReadonlyMap<string, Reference> = new Map([
  ['rbac.authorization.k8s.io/RoleBinding', subject],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', subject],
  ['admissionregistration.k8s.io/MutatingWebhookConfiguration', webhook],
  ['admissionregistration.k8s.io/ValidatingWebhookConfiguration', webhook],
  ['apiextensions.k8s.io/CustomResourceDefinition', { path: ['spec', 'conversion', 'webhook', 'clientConfig', 'service'] }],
  ['apiregistration.k8s.io/APIService', { path: ['spec', 'service'] }],
])

/**
 * Lets references follow when every namespaced object of a version is put into one namespace, as kustomize's namespace
 * transformer does it: subjects that are ServiceAccounts of the version or its `default`, services of webhooks in the version, the
 * service of a conversion and of an APIService. Dependencies on objects of the version follow too.
 *
 * @param objects - with the namespaces that they have in the source; these are left to the caller
 */
export function moveReferences(objects: readonly KubeObject[], namespace: string): readonly KubeObject[] {
  const moved = new Map<string, Set<string>>()
  const named = new Set<string>()
  for (const { apiVersion, kind, metadata } of objects) {
    named.add(nameKey({ group: groupOf(apiVersion), kind, namespace: metadata.namespace || 'default', name: metadata.name }))
    if (apiVersion !== 'v1') continue
    const key = `${kind}/${metadata.name}`
    moved.set(key, (moved.get(key) ?? new Set<string>()).add(metadata.namespace || 'default'))
  }
  return objects.map((given) => {
    const object = moveDependencies(given, namespace, named)
    const reference = references.get(groupKindOf(object))
    if (reference === undefined) return object
    const move = (value: JsonObject): JsonObject => (follows(value, reference.kind, moved) ? { ...value, namespace } : value)
    return changeAt(object as unknown as JsonObject, reference.path, move) as unknown as KubeObject
  })
}

/** The annotation `depends-on` names objects of the version where these will be. */
function moveDependencies(object: KubeObject, namespace: string, named: ReadonlySet<string>): KubeObject {
  const { annotations } = object.metadata
  const { names = [], malformed = [] } =
    annotations?.[dependsOnAnnotation] === undefined ? {} : parseDependsOn(annotations[dependsOnAnnotation])
  if (names.length === 0 || malformed.length > 0) return object
  const text = formatDependsOn(names.map((name) => (named.has(nameKey(name)) ? { ...name, namespace } : name)))
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [dependsOnAnnotation]: text } } }
}

function nameKey({ group, kind, namespace, name }: DependencyName): string {
  return [group, kind, namespace, name].join('|')
}

function follows(
  { name, namespace, kind }: JsonObject,
  target: string | undefined,
  moved: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (target === undefined) return true
  // A subject can also be a user or a group.
  if (typeof name !== 'string' || (kind !== undefined && kind !== target)) return false
  if (target === 'ServiceAccount' && name === 'default') return true
  const namespaces = moved.get(`${target}/${name}`)
  return namespaces !== undefined && (namespace === undefined || namespaces.has(namespace as string))
}

/** A value with the maps at a path changed. A list on the way stands for each of its items. */
function changeAt(value: Json | undefined, path: readonly string[], change: (value: JsonObject) => JsonObject): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => changeAt(item, path, change) as Json)
  if (!isMap(value)) return value
  const [field, ...rest] = path
  if (field === undefined) return change(value)
  return value[field] === undefined ? value : { ...value, [field]: changeAt(value[field], rest, change) as Json }
}
