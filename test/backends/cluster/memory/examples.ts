import type { KubeObject } from 'fleetkit'

// A valid object of every kind that an API server serves by itself, with many of its fields: where the random operations and
// the questions about single fields start from. Names and namespaces are given by who uses them.

interface Example {
  readonly apiVersion: string
  readonly kind: string
  readonly [field: string]: unknown
}

const selector = { matchLabels: { app: 'a' } }
const pod = {
  containers: [
    {
      name: 'web',
      image: 'img:1',
      command: ['run'],
      args: ['a', 'b'],
      env: [
        { name: 'A', value: 'x' },
        { name: 'F', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'R', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'C', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
      ],
      envFrom: [{ configMapRef: { name: 'c' } }],
      ports: [{ containerPort: 80, name: 'http' }],
      resources: { requests: { cpu: '500m' }, limits: { cpu: '1000m', memory: '1Gi' } },
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { tcpSocket: { port: 'http' } },
      lifecycle: { preStop: { exec: { command: ['stop'] } } },
      securityContext: { runAsUser: 1, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  ],
  initContainers: [{ name: 'init', image: 'img' }],
  serviceAccountName: 'sa',
  nodeSelector: { a: 'x' },
  securityContext: { fsGroup: 1 },
  tolerations: [{ key: 'a', operator: 'Exists' }],
  imagePullSecrets: [{ name: 's' }],
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['h'] }],
  affinity: {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: selector }] },
  },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector }],
  volumes: [
    { name: 'data' },
    { name: 'config', configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
    { name: 'secret', secret: { secretName: 's' } },
    { name: 'host', hostPath: { path: '/p' } },
    {
      name: 'all',
      projected: {
        sources: [
          { serviceAccountToken: { path: 't' } },
          { downwardAPI: { items: [{ path: 'd', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    },
  ],
}
const template = { metadata: { labels: { app: 'a' }, annotations: { a: 'x' } }, spec: pod }
const jobTemplate = { metadata: { labels: { app: 'a' } }, spec: { ...pod, restartPolicy: 'Never' } }
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'fast' }
const webhook = {
  name: 'a.example.com',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  clientConfig: { service: { name: 's', namespace: 'default' } },
  rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
  namespaceSelector: selector,
}
const matches = { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }] }
const deviceRequest = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } }
const certificate =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUU1IZ0NBUUF3RmpFVU1CSUdBMVVFQXd3TFpYaGhiWEJzWlM1amIyMHdXVEFUQmdjcWhrak9QUUlCQmdncQpoa2pPUFFNQkJ3TkNBQVNVaWlLbE1LMjl2SEhCQmV0dGR1bUk0cnJ6WmlGbWlBVndMYUkyNGYyWUdVRHZsTDVaClBNWDBnWC9HZ25Db0RLZ1hYMTBRaStsME1VQW5UNUtHei94Wm9BQXdDZ1lJS29aSXpqMEVBd0lEU0FBd1JRSWgKQU1ZVmpuRkhrUXlNZmRiazFxNDBUVHA4ekFJUDBZWVl3TlBFWEh5WE1YY0dBaUJyT1BMa0g2a1pHRnFodDV6UQpmS3ptemY2SnR0WW9GZEx5dDVYVEF6VWJ4UT09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo='

export const examples: readonly Example[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'x', b: 'y' }, binaryData: { c: 'AAE=' } },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    subsets: [
      {
        addresses: [{ ip: '10.1.1.1', hostname: 'h', targetRef: { kind: 'Pod', name: 'p' } }],
        ports: [{ port: 80 }, { port: 81, name: 'b', protocol: 'UDP' }].map((port, index) => ({ name: `p${index}`, ...port })),
      },
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: { kind: 'Pod', name: 'p', namespace: '$namespace' },
    reason: 'R',
    message: 'm',
    type: 'Normal',
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    source: { component: 'c' },
  },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    spec: {
      limits: [
        { type: 'Container', max: { cpu: '2' }, min: { cpu: '100m' } },
        { type: 'Pod', max: { memory: '1024Mi' } },
      ],
    },
  },
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: 'v1', kind: 'Node', spec: { podCIDR: '10.2.0.0/24', taints: [{ key: 'a', effect: 'NoSchedule' }], unschedulable: true } },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    spec: { ...claim, selector, volumeName: 'v' },
    status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1024Mi' } },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    spec: {
      capacity: { storage: '1024Mi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/p' },
      claimRef: { name: 'c', namespace: 'default' },
      mountOptions: ['ro'],
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] }] } },
    },
  },
  { apiVersion: 'v1', kind: 'Pod', spec: { ...pod, nodeName: 'n' } },
  { apiVersion: 'v1', kind: 'PodTemplate', template },
  { apiVersion: 'v1', kind: 'ReplicationController', spec: { replicas: 2, selector: { app: 'a' }, template } },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    spec: {
      hard: { cpu: '1000m', pods: '5' },
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }] },
    },
  },
  { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { a: 'eA==', b: 'eQ==' } },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    secrets: [{ name: 's' }],
    imagePullSecrets: [{ name: 'p' }],
    automountServiceAccountToken: true,
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    spec: {
      selector: { app: 'a' },
      ports: [
        { name: 'http', port: 80 },
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'dns' },
      ],
      externalIPs: ['192.0.2.1'],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    spec: {
      matchConstraints: matches,
      reinvocationPolicy: 'Never',
      variables: [{ name: 'v', expression: 'true' }],
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    spec: { policyName: 'p', matchResources: matches, paramRef: { name: 'p', parameterNotFoundAction: 'Deny' } },
  },
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', webhooks: [webhook] },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    spec: {
      matchConstraints: matches,
      validations: [{ expression: 'true', message: 'm' }],
      variables: [{ name: 'v', expression: 'true' }],
      auditAnnotations: [{ key: 'a', valueExpression: "'x'" }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: 'p', validationActions: ['Deny'], matchResources: matches },
  },
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', webhooks: [webhook] },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    spec: {
      group: '$name.example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing', shortNames: ['th'], categories: ['all'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { a: { type: 'integer', default: 1, minimum: 0 } }, required: ['a'] } },
            },
          },
          additionalPrinterColumns: [{ name: 'A', type: 'integer', jsonPath: '.spec.a' }],
          subresources: { status: {} },
        },
      ],
    },
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    spec: {
      group: '$name.example.org',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { name: 's', namespace: 'default' },
      insecureSkipTLSVerify: true,
    },
  },
  { apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: 1, data: { a: { b: 'x' } } },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { selector, template, minReadySeconds: 1 } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { selector, template, replicas: 2, strategy: { rollingUpdate: { maxSurge: 1 } }, minReadySeconds: 1 },
  },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: { selector, template, replicas: 2 } },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    spec: {
      selector,
      template,
      serviceName: 's',
      replicas: 2,
      updateStrategy: { type: 'OnDelete' },
      volumeClaimTemplates: [{ metadata: { name: 'v' }, spec: claim }],
    },
  },
  {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 3, targetCPUUtilizationPercentage: 80 },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      minReplicas: 2,
      maxReplicas: 3,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '1000m' } } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 10, tolerance: '0.5' } },
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template: jobTemplate, backoffLimit: 2 } } },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    spec: {
      template: jobTemplate,
      parallelism: 2,
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
    },
  },
  {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    spec: { request: certificate, signerName: 'example.com/signer', usages: ['client auth'], expirationSeconds: 3600 },
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    spec: { holderIdentity: 'a', leaseDurationSeconds: 10, renewTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 1 },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.1.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'p' } }],
    ports: [{ port: 80 }, { port: 81, name: 'b', protocol: 'UDP' }],
  },
  {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    eventTime: '2026-01-01T00:00:00.000000Z',
    reason: 'R',
    action: 'a',
    note: 'n',
    type: 'Normal',
    regarding: { kind: 'Pod', name: 'p', namespace: '$namespace' },
    reportingController: 'example.com/c',
    reportingInstance: 'i',
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    spec: {
      priorityLevelConfiguration: { name: 'p' },
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'u' } }],
          resourceRules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], namespaces: ['default'] }],
        },
      ],
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Queue', queuing: { queues: 16, handSize: 2 } } },
    },
  },
  { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', spec: { controller: 'example.com/c', parameters: { kind: 'K', name: 'k' } } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    spec: {
      ingressClassName: 'c',
      defaultBackend: { service: { name: 's', port: { number: 80 } } },
      tls: [{ hosts: ['h.example.com'], secretName: 's' }],
      rules: [
        {
          host: 'h.example.com',
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { name: 'http' } } } }] },
        },
      ],
    },
  },
  { apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', spec: { parentRef: { resource: 'services', namespace: 'default', name: 's' } } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    spec: {
      podSelector: selector,
      ingress: [{ from: [{ podSelector: selector }], ports: [{ port: 80 }, { port: 'dns', protocol: 'UDP' }] }],
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 1000, endPort: 2000 }] }],
    },
  },
  { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', spec: { cidrs: ['10.99.0.0/24'] } },
  {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    handler: 'h',
    overhead: { podFixed: { cpu: '1000m' } },
    scheduling: { nodeSelector: { a: 'x' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
  },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { selector, minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    roleRef: { kind: 'ClusterRole', name: 'r' },
    subjects: [
      { kind: 'User', name: 'u' },
      { kind: 'ServiceAccount', name: 's', namespace: 'default' },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['p'] },
      { nonResourceURLs: ['/healthz'], verbs: ['get'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    roleRef: { kind: 'Role', name: 'r' },
    subjects: [{ kind: 'Group', name: 'g' }],
  },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'DeviceClass',
    spec: { selectors: [{ cel: { expression: 'true' } }], config: [{ opaque: { driver: 'd.example.com', parameters: { a: 'x' } } }] },
  },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    spec: { devices: { requests: [deviceRequest], constraints: [{ requests: ['gpu'], matchAttribute: 'd.example.com/a' }] } },
  },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    spec: {
      metadata: { labels: { a: 'x' } },
      spec: { devices: { requests: [{ name: 'any', firstAvailable: [{ name: 'a', deviceClassName: 'gpu.example.com' }] }] } },
    },
  },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    spec: {
      driver: 'd.example.com',
      nodeName: 'n',
      pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'a', attributes: { a: { string: 'x' } }, capacity: { memory: { value: '1024Mi' } } }],
    },
  },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', value: 5, description: 'd' },
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', spec: { tokenRequests: [{ audience: 'a' }] } },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    spec: { drivers: [{ name: 'd.example.com', nodeID: 'n', topologyKeys: ['a'], allocatable: { count: 1 } }] },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    storageClassName: 's',
    capacity: '1024Mi',
    maximumVolumeSize: '512Mi',
    nodeTopology: selector,
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    provisioner: 'p.example.com',
    parameters: { a: 'x' },
    mountOptions: ['ro'],
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'a', values: ['x'] }] }],
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } },
  },
  { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttributesClass', driverName: 'd.example.com', parameters: { a: 'x' } },
]

/** The example of a kind with a name, in a namespace when its objects live in one. */
export function exampleOf(example: Example, name: string, namespace: string | undefined): KubeObject {
  const text = JSON.stringify(example)
    .replaceAll('$namespace', namespace ?? 'default')
    .replaceAll('$name', name)
  const object = JSON.parse(text) as KubeObject
  return { ...object, metadata: { ...object.metadata, name: nameOf(object, name), ...(namespace !== undefined && { namespace }) } }
}

/** Some kinds have a say in the names of their objects. */
function nameOf(object: KubeObject, name: string): string {
  const spec = object.spec as
    | { readonly group?: string; readonly version?: string; readonly names?: { readonly plural: string } }
    | undefined
  if (object.kind === 'CustomResourceDefinition') return `${spec?.names?.plural}.${spec?.group}`
  if (object.kind === 'APIService') return `${spec?.version}.${spec?.group}`
  if (object.kind === 'IPAddress') return `10.98.${[...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 250, 7)}.7`
  return name
}
