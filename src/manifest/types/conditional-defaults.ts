import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'

/** The defaults of a value: `usual` is what one gets that says nothing. */
type Rule = (given: JsonObject, usual: JsonObject) => JsonObject

/** The defaults without some of them. */
function without(defaults: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !names.includes(name)))
}

/** Counts the changes of the template of a DaemonSet. */
export const templateGeneration = 'deprecated.daemonset.template.generation'

const claimType = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' }
const rollingUpdate: Rule = ({ type = 'RollingUpdate' }, usual) => (type === 'RollingUpdate' ? usual : without(usual, 'rollingUpdate'))
const container: Rule = ({ image }, usual) => (tagOf(image) === 'latest' ? { ...usual, imagePullPolicy: 'Always' } : usual)
const deviceCount: Rule = ({ allocationMode = 'ExactCount' }, usual) => (allocationMode === 'ExactCount' ? usual : without(usual, 'count'))

/**
 * The defaults of built-in types that depend on what is given: k8s.io/kubernetes, the `SetDefaults_` functions of each group. The
 * others are in the generated table, which names the types that need a rule here.
 */
export const conditionalDefaults: Readonly<Record<string, Rule>> = {
  'apiextensions.v1.CustomResourceDefinitionNames': ({ kind }) =>
    typeof kind === 'string' ? { singular: kind.toLowerCase(), listKind: `${kind}List` } : {},
  'apps.v1.DaemonSetUpdateStrategy': rollingUpdate,
  'apps.v1.DeploymentStrategy': rollingUpdate,
  'apps.v1.StatefulSetUpdateStrategy': ({ type }, usual) => (type === undefined || type === '' ? usual : {}),
  // Set in the conversion, with a look at annotations.
  'autoscaling.v1.HorizontalPodAutoscalerSpec': (_, usual) => ({ ...usual, targetCPUUtilizationPercentage: 80 }),
  'batch.v1.Job': (given, usual) => {
    const labels = fieldOf(fieldOf(fieldOf(given.spec, 'template'), 'metadata'), 'labels')
    return { spec: jobDefaults(given.spec, usual.spec), ...(isMap(labels) && labelled(given, labels)) }
  },
  'core.v1.Container': container,
  'core.v1.EphemeralContainer': container,
  'core.v1.ImageVolumeSource': ({ reference }, usual) => (tagOf(reference) === 'latest' ? { pullPolicy: 'Always' } : usual),
  // Its label is there whatever is given.
  'core.v1.Namespace': () => ({}),
  'core.v1.NodeStatus': ({ capacity }) => (capacity === undefined ? {} : { allocatable: capacity }),
  'core.v1.ReplicationController': (given) => {
    const labels = fieldOf(fieldOf(fieldOf(given.spec, 'template'), 'metadata'), 'labels')
    return isMap(labels) ? { spec: { selector: labels }, ...labelled(given, labels) } : {}
  },
  // A request follows its limit in Pods only, not in templates of them.
  'core.v1.ResourceRequirements': () => ({}),
  'core.v1.ServicePort': ({ port }, usual) => ({ ...usual, ...(port !== undefined && { targetPort: port }) }),
  'core.v1.ServiceSpec': serviceDefaults,
  'core.v1.Volume': (given, usual) => (Object.keys(given).some((field) => field !== 'name') ? {} : usual),
  'networking.v1.NetworkPolicySpec': ({ egress }) => ({
    policyTypes: isList(egress) && egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'],
  }),
  'rbac.v1.Subject': ({ kind }) => (kind === 'User' || kind === 'Group' ? { apiGroup: 'rbac.authorization.k8s.io' } : {}),
  'resource.v1.DeviceSubRequest': deviceCount,
  // When a taint was added says only the clock.
  'resource.v1.DeviceTaint': () => ({}),
  'resource.v1.ExactDeviceRequest': deviceCount,
}

/** What a value of a type holds whatever is given in these places; what is `undefined` is not there. */
export const derivedFields: Readonly<Record<string, (given: JsonObject) => Readonly<Record<string, Json | undefined>>>> = {
  // A field of an older version, kept in an annotation.
  'apps.v1.DaemonSet': ({ metadata }) => {
    const annotations = fieldOf(metadata, 'annotations')
    return { metadata: { ...(metadata as JsonObject), annotations: { [templateGeneration]: '0', ...(isMap(annotations) && annotations) } } }
  },
  'apps.v1.StatefulSetSpec': ({ volumeClaimTemplates: claims }) =>
    isList(claims) ? { volumeClaimTemplates: claims.map((claim) => (isMap(claim) ? { ...claim, ...claimType } : claim)) } : {},
  'core.v1.LimitRangeItem': limitsOf,
  'core.v1.Namespace': ({ metadata }) => {
    const name = fieldOf(metadata, 'name')
    if (typeof name !== 'string') return {}
    return { metadata: { ...(metadata as JsonObject), labels: { ...labelsOf(metadata), 'kubernetes.io/metadata.name': name } } }
  },
  // Two fields for one thing, of which the older one may hold no more than two kinds (pkg/api/persistentvolumeclaim).
  'core.v1.PersistentVolumeClaimSpec': ({ dataSource, dataSourceRef }) => {
    const source = isClaimOrSnapshot(dataSource) ? dataSource : undefined
    if (source !== undefined) return { dataSource: source, dataSourceRef: dataSourceRef ?? source }
    const isLocal = isMap(dataSourceRef) && dataSourceRef.namespace === undefined
    return { dataSource: isLocal && isClaimOrSnapshot(dataSourceRef) ? dataSourceRef : undefined }
  },
  // Two fields for one thing (Convert_v1_NodeSpec_To_core_NodeSpec).
  'core.v1.NodeSpec': ({ podCIDR, podCIDRs }) => {
    if (isList(podCIDRs) && podCIDRs.length > 0) return { podCIDR: podCIDRs[0] as Json }
    return typeof podCIDR === 'string' && podCIDR !== '' ? { podCIDRs: [podCIDR] } : {}
  },
  // One name under two fields (Convert_core_PodSpec_To_v1_PodSpec).
  'core.v1.PodSpec': ({ serviceAccountName, serviceAccount }) => {
    const name = serviceAccountName || serviceAccount
    return name ? { serviceAccountName: name, serviceAccount: name } : {}
  },
  'core.v1.Pod': ({ spec }) => (isMap(spec) ? { spec: { ...spec, ...containersOf(spec) } } : {}),
}

function jobDefaults(spec: Json | undefined, usual: Json | undefined): JsonObject {
  const { parallelism, backoffLimitPerIndex, podFailurePolicy } = (spec ?? {}) as { readonly [field: string]: Json | undefined }
  return {
    ...(parallelism === undefined ? (usual as JsonObject) : without(usual as JsonObject, 'completions')),
    ...(backoffLimitPerIndex !== undefined && { backoffLimit: 2 ** 31 - 1 }),
    ...(podFailurePolicy !== undefined && { podReplacementPolicy: 'Failed' }),
  }
}

/** The labels of a template are those of what has none of its own. */
function labelled({ metadata }: JsonObject, labels: JsonObject): JsonObject {
  return Object.keys(labelsOf(metadata)).length > 0 ? {} : { metadata: { labels } }
}

function labelsOf(metadata: Json | undefined): JsonObject {
  const labels = fieldOf(metadata, 'labels')
  return isMap(labels) ? labels : {}
}

/** Containers of a Pod request what they are limited to, and are seen under their own ports in the network of the host. */
function containersOf(spec: JsonObject): JsonObject {
  const onHost = fieldOf(spec, 'hostNetwork') === true
  return Object.fromEntries(
    ['containers', 'initContainers'].flatMap((field) => {
      const containers = fieldOf(spec, field)
      return isList(containers) ? [[field, containers.map((container) => podContainer(container, onHost))] as const] : []
    }),
  )
}

function podContainer(container: Json, onHost: boolean): Json {
  if (!isMap(container)) return container
  const { resources, ports } = container
  const limits = fieldOf(resources, 'limits')
  const requests = fieldOf(resources, 'requests')
  return {
    ...container,
    ...(isMap(limits) && { resources: { ...(resources as JsonObject), requests: { ...limits, ...(isMap(requests) && requests) } } }),
    ...(onHost &&
      isList(ports) && { ports: ports.map((port) => (isMap(port) ? { hostPort: port.containerPort as Json, ...port } : port)) }),
  }
}

function limitsOf(given: JsonObject): JsonObject {
  if (given.type !== 'Container') return {}
  const of = (field: string): JsonObject => (isMap(given[field]) ? given[field] : {})
  const limit = { ...of('max'), ...of('default') }
  return { default: limit, defaultRequest: { ...of('min'), ...limit, ...of('defaultRequest') } }
}

/** Whether a Service is reached from outside of the cluster. */
export function isExternal({ type = 'ClusterIP', externalIPs }: { readonly [field: string]: Json | undefined }): boolean {
  return type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && isList(externalIPs) && externalIPs.length > 0)
}

function serviceDefaults(given: JsonObject, usual: JsonObject): JsonObject {
  const { type = 'ClusterIP', sessionAffinity } = given
  return {
    ...(type === 'ExternalName' ? without(usual, 'internalTrafficPolicy') : usual),
    ...(isExternal(given) && { externalTrafficPolicy: 'Cluster' }),
    ...(type === 'LoadBalancer' && { allocateLoadBalancerNodePorts: true }),
    ...(sessionAffinity === 'ClientIP' && { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } }),
  }
}

/** The tag of an image; `latest` when it has neither tag nor digest. */
function tagOf(image: Json | undefined): string | undefined {
  if (typeof image !== 'string' || image === '') return undefined
  const [name = '', digest] = image.split('@', 2)
  const tag = /:([^/:]*)$/.exec(name)?.[1]
  return tag ?? (digest === undefined ? 'latest' : undefined)
}

function isClaimOrSnapshot(reference: Json | undefined): boolean {
  const [group, kind] = [fieldOf(reference, 'apiGroup') ?? '', fieldOf(reference, 'kind')]
  return (group === '' && kind === 'PersistentVolumeClaim') || (group === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot')
}
