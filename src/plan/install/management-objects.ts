import { FleetkitError } from '../../model/errors/error.ts'
import { definitionOf } from '../../model/kinds/definition.ts'
import * as described from '../../model/kinds/described-kinds.ts'
import type { KindDefinition } from '../../model/kinds/kind.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { KubeObject } from '../../model/object.ts'
import { roles } from './roles.ts'

/**
 * What {@link managementObjects} makes a management of.
 *
 * @category Installation
 */
export interface ManagementOptions {
  /** The Sync that is to apply these objects, itself among them: with the deletion policy `Orphan`, at a tag. All of them are in its namespace. */
  readonly sync: Sync
  /** The image of the controller, by a tag or digest of its own. It listens on port 8080: `/healthz`, `/readyz`, `/metrics`. */
  readonly image: string
  /** Name of the Deployment, its ServiceAccount and its ClusterRoleBinding. `fleetkit-controller` by default. */
  readonly name?: string | undefined
  /** One of them works, and the others stand by. 2 by default. */
  readonly replicas?: number | undefined
  /**
   * What the controller may do. `cluster-admin` by default: it applies whatever the sources declare, and gives no one more rights than it has. With less, its Syncs can apply less.
   */
  readonly clusterRole?: string | undefined
  /** The kinds that the controller works for; all of this library by default. */
  readonly kinds?: readonly KindDefinition[] | undefined
}

/**
 * The objects of a management that keeps itself: namespace, definitions, roles, ServiceAccount and its rights, the Deployment of the controller, and the Sync that applies all of it. They are kept in git, at
 * the tag that the Sync names; `bootstrap` of `fleetkit/bootstrap` brings them into a bare cluster.
 *
 * @throws FleetkitError `model/invalid` for a Sync without the deletion policy `Orphan`, and for one at a commit, which cannot name itself.
 *
 * @example
 * ```ts
 * import { formatYaml, Sync } from 'fleetkit'
 * import { managementObjects } from 'fleetkit/install'
 *
 * const sync = new Sync({
 *   metadata: { namespace: 'fleetkit', name: 'management' },
 *   spec: { source: { git: { url: 'https://example.com/management.git', tag: 'v1.0.0' } }, prune: true, wait: true, deletionPolicy: 'Orphan' },
 * })
 * const objects = managementObjects({ sync, image: 'registry.example.com/controller:v1.0.0' })
 * console.log(objects.map(formatYaml).join('---\n'))
 * ```
 *
 * @category Installation
 */
export function managementObjects({
  sync,
  image,
  name = 'fleetkit-controller',
  replicas = 2,
  clusterRole = 'cluster-admin',
  kinds = Object.values(described.kinds),
}: ManagementOptions): readonly KubeObject[] {
  const { spec, ref } = sync
  const problems = [
    ...(spec.deletionPolicy === 'Orphan' ? [] : [`spec.deletionPolicy: found ${spec.deletionPolicy}, accepted Orphan`]),
    ...(spec.source.git.tag === undefined ? ['spec.source.git: found a commit, accepted a tag: a commit cannot name itself'] : []),
  ]
  if (problems.length > 0) throw new FleetkitError('model/invalid', problems.join('; '), { ref })
  const namespace = ref.namespace ?? 'default'
  const labels = { 'app.kubernetes.io/name': name }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...kinds.map(definitionOf),
    ...roles(),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name, labels } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(name, image) },
      },
    },
    sync.toObject(),
  ]
}

function podSpec(serviceAccountName: string, image: string) {
  const probe = (path: string) => ({ httpGet: { path, port: 'http' } })
  return {
    serviceAccountName,
    // A Manager ends what it does within 30 seconds.
    terminationGracePeriodSeconds: 45,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'controller',
        image,
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
        livenessProbe: probe('/healthz'),
        readinessProbe: probe('/readyz'),
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        // Clones of repositories are kept here.
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  }
}
