import type { Problem } from '../../model/errors/problem.ts'
import { fieldOf, isMap } from '../../model/json/value.ts'
import { isDnsSubdomain, subdomainAccepted } from '../../model/names.ts'
import type { Json, KubeObject } from '../../model/object.ts'
import { groupKindOf, groupOf, isDefinition, type TypeRef } from '../../model/reference.ts'
import { type LabelSelector, matchesSelector } from '../../model/selector.ts'
import { items, repeated, required } from './field-problems.ts'
import { podProblems } from './pod-rules.ts'

const workloads: ReadonlySet<string> = new Set(['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'])
/** How much a ConfigMap or a Secret may hold. */
const maxDataBytes = 2 ** 20
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Kinds that take any name: measured on an API server, kind by kind. */
const anyNames: ReadonlySet<string> = new Set([
  '/Event',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'networking.k8s.io/IPAddress',
  'policy/PodDisruptionBudget',
])

/** Whether a built-in kind takes any name that can be a segment of a path. */
export function hasAnyName(type: TypeRef): boolean {
  return groupOf(type.apiVersion) === 'rbac.authorization.k8s.io' || anyNames.has(groupKindOf(type))
}

/** What is wrong with the name of a new object. */
export function nameProblems(object: KubeObject): readonly Problem[] {
  const { name } = object.metadata
  return hasAnyName(object) || isDnsSubdomain(name) ? [] : [{ path: 'metadata.name', found: `'${name}'`, accepted: subdomainAccepted }]
}

/** One owner at most is the controller of an object. */
export function ownerProblems({ metadata }: KubeObject): readonly Problem[] {
  const controllers = (metadata.ownerReferences ?? []).filter(({ controller }) => controller === true)
  return controllers.length < 2
    ? []
    : [
        {
          path: 'metadata.ownerReferences',
          found: `${controllers.length} controllers`,
          accepted: 'one owner at most with controller: true',
        },
      ]
}

/** Rules of single kinds that people run into: k8s.io/kubernetes, the validation of each. */
export function kindProblems(object: KubeObject, current: KubeObject | undefined): readonly Problem[] {
  const { apiVersion, kind, metadata } = object
  const group = groupOf(apiVersion)
  const spec = object.spec as Json | undefined
  if (
    ((group === '' && (kind === 'Namespace' || kind === 'Service')) || (group === 'apps' && kind === 'StatefulSet')) &&
    !label.test(metadata.name)
  )
    return [{ path: 'metadata.name', found: `'${metadata.name}'`, accepted: 'a DNS label: at most 63 of a-z, 0-9 and -' }]
  if (group === '' && kind === 'ConfigMap') return keyProblems(object)
  if (group === '' && kind === 'Secret') return [...keyProblems(object), ...secretProblems(object)]
  if (group === '' && kind === 'Service') return serviceProblems(spec, current)
  if (group === '' && kind === 'ReplicationController' && isEmpty(fieldOf(spec, 'selector')))
    return [required('spec.selector'), ...podProblems(object)]
  if (group === 'networking.k8s.io' && kind === 'Ingress') return ingressProblems(spec)
  if (group === 'apps' && workloads.has(kind)) return [...selectorProblems(spec), ...podProblems(object)]
  if (isDefinition(object)) {
    const wanted = `${String(fieldOf(fieldOf(spec, 'names'), 'plural'))}.${String(fieldOf(spec, 'group'))}`
    return metadata.name === wanted ? [] : [{ path: 'metadata.name', found: `'${metadata.name}'`, accepted: `'${wanted}'` }]
  }
  return podProblems(object)
}

/** What a Secret of a type must hold (`ValidateSecret`). */
const secretKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}

function secretProblems({ type, data }: KubeObject): readonly Problem[] {
  const keys = typeof type === 'string' && Object.hasOwn(secretKeys, type) ? (secretKeys[type] as readonly string[]) : []
  return keys.flatMap((key) => (fieldOf(data as Json | undefined, key) === undefined ? [required(`data[${key}]`)] : []))
}

/** The ports of a Service (`ValidateService`). */
function serviceProblems(spec: Json | undefined, current: KubeObject | undefined): readonly Problem[] {
  const type = fieldOf(spec, 'type') ?? 'ClusterIP'
  const ports = items(fieldOf(spec, 'ports'))
  if (ports.length === 0 && type !== 'ExternalName' && fieldOf(spec, 'clusterIP') !== 'None') return [required('spec.ports')]
  return [
    ...ports.flatMap((port, index) => (ports.length > 1 && !fieldOf(port, 'name') ? [required(`spec.ports[${index}].name`)] : [])),
    ...repeated(ports.map((port, index) => [`spec.ports[${index}].name`, fieldOf(port, 'name')])),
    // A Service that becomes an internal one loses its ports of the nodes.
    ...(type !== 'ClusterIP' || current !== undefined
      ? []
      : ports.flatMap((port, index) =>
          fieldOf(port, 'nodePort')
            ? [{ path: `spec.ports[${index}].nodePort`, found: 'a port', accepted: 'none: the type of the Service is ClusterIP' }]
            : [],
        )),
  ]
}

/** The hosts of an Ingress (`ValidateIngress`). */
function ingressProblems(spec: Json | undefined): readonly Problem[] {
  const rules = items(fieldOf(spec, 'rules')).map((rule, index) => [`spec.rules[${index}].host`, fieldOf(rule, 'host')] as const)
  const tls = items(fieldOf(spec, 'tls')).flatMap((each, index) =>
    items(fieldOf(each, 'hosts')).map((host, number) => [`spec.tls[${index}].hosts[${number}]`, host] as const),
  )
  return [...rules, ...tls].flatMap(([path, host]) => {
    if (typeof host !== 'string' || host === '' || isDnsSubdomain(host.replace(/^\*\./, ''))) return []
    return [{ path, found: JSON.stringify(host), accepted: `${subdomainAccepted}, after *. or not` }]
  })
}

function isEmpty(value: Json | undefined): boolean {
  return !isMap(value) || Object.keys(value).length === 0
}

function keyProblems(object: KubeObject): readonly Problem[] {
  const [data, binaryData] = [fieldOf(object as unknown as Json, 'data') ?? {}, fieldOf(object as unknown as Json, 'binaryData') ?? {}]
  const size = [...Object.values(data as object), ...Object.values(binaryData as object)].reduce<number>(
    (sum, text) => sum + String(text).length,
    0,
  )
  if (size > maxDataBytes) return [{ path: '', found: `${size} bytes`, accepted: `at most ${maxDataBytes}`, cause: 'FieldValueTooLong' }]
  const bad = [...Object.keys(data as object), ...Object.keys(binaryData as object)].filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
  const twice = Object.keys(binaryData as object).filter((key) => fieldOf(data, key) !== undefined)
  return [
    ...bad.map((key) => ({ path: 'data', found: `the key '${key.slice(0, 60)}'`, accepted: 'letters, digits, -, _ and .' })),
    ...twice.map((key) => ({ path: `binaryData.${key}`, found: 'a key that data has too', accepted: 'each key in one of both' })),
  ]
}

function selectorProblems(spec: Json | undefined): readonly Problem[] {
  const selector = fieldOf(spec, 'selector')
  if (!isMap(selector) || Object.keys(selector).length === 0)
    return [{ path: 'spec.selector', found: 'nothing', accepted: 'a selector that is not empty' }]
  const labels = fieldOf(fieldOf(fieldOf(spec, 'template'), 'metadata'), 'labels') ?? {}
  return matchesSelector(selector as unknown as LabelSelector, labels as Readonly<Record<string, string>>)
    ? []
    : [{ path: 'spec.template.metadata.labels', found: 'labels that spec.selector does not match', accepted: 'labels that it matches' }]
}
