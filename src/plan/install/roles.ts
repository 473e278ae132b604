import { systemNamespace } from '../../model/kinds/cluster/system-namespace.ts'
import { kinds } from '../../model/kinds/described-kinds.ts'
import { fleetkitGroup } from '../../model/kinds/group.ts'
import type { KubeObject } from '../../model/object.ts'
import { agentName } from '../registration/made-objects.ts'

/** A rule of a Role. */
interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

type KindName = keyof typeof kinds

const read = ['get', 'list', 'watch'] as const
const write = ['create', 'update', 'patch', 'delete'] as const
const plurals = (names: readonly KindName[], suffix = ''): readonly string[] => names.map((name) => kinds[name].plural + suffix)
const everyKind = Object.keys(kinds) as KindName[]
/** What says where something can be applied, or who may do so, is for those who run the management. */
const accessKinds: readonly KindName[] = ['Cluster', 'PullSync', 'ClusterRegistration']
/** What only programs make: a log that people edit proves nothing, and a revision is what it was. */
const madeKinds: readonly KindName[] = ['ModuleRevision', 'RolloutLog']
const workKinds = everyKind.filter((name) => !accessKinds.includes(name) && !madeKinds.includes(name))
const mirrorKinds: readonly KindName[] = ['ProxySync', 'RemoteAssemblage']

const ours = (names: readonly KindName[], verbs: readonly string[], suffix = ''): Rule => ({
  apiGroups: [fleetkitGroup],
  resources: plurals(names, suffix),
  verbs,
})
const core = (resources: readonly string[], verbs: readonly string[]): Rule => ({ apiGroups: [''], resources, verbs })
/** The objects of a kind as its controller has them: it sets finalizers, and writes what becomes of them. */
const reconciled = (name: KindName): readonly Rule[] => [ours([name], [...read, 'update']), ours([name], ['update'], '/status')]
const follow = ['list', 'watch'] as const
/** By which a cluster is known. */
const system: Rule = { ...core(['namespaces'], ['get']), resourceNames: [systemNamespace] }
/** How other clusters are reached, and as whom. */
const reaches: readonly Rule[] = [ours(['Cluster'], follow), core(['secrets'], ['get']), core(['configmaps'], ['get', 'create'])]

const people: Readonly<Record<string, readonly Rule[]>> = {
  viewer: [ours(everyKind, read)],
  operator: [ours(everyKind, read), ours(['Rollout'], ['update', 'patch'])],
  editor: [ours(everyKind, read), ours(workKinds, write)],
  admin: [ours(everyKind, [...read, ...write, 'deletecollection']), ours(['ClusterRegistration'], ['update', 'patch'], '/status')],
}

const programs: Readonly<Record<string, readonly Rule[]>> = {
  agent: [ours(['Cluster', ...mirrorKinds, 'ModuleRevision'], read), ours(['Cluster', ...mirrorKinds], ['update'], '/status')],
  remote: [
    ours(['Sync', 'Assemblage'], [...read, 'create', 'update', 'delete']),
    system,
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'list', 'create', 'update'] },
  ],
  manager: [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
    core(['events'], ['create', 'update']),
  ],
  'sync-controller': [
    ...reconciled('Sync'),
    // What variables are read from, and inventories that are too long for a status.
    core(['secrets'], ['get']),
    core(['configmaps'], ['get', 'list', 'create', 'delete']),
  ],
  'cluster-controller': [...reaches, ours(['Cluster'], ['update'], '/status')],
  'remotesync-controller': [...reconciled('RemoteSync'), ...reaches, core(['configmaps'], ['list', 'delete'])],
  'proxysync-controller': [...reconciled('ProxySync'), ...reaches],
  'remoteassemblage-controller': [...reconciled('RemoteAssemblage'), ...reaches, ours(['ModuleRevision'], read)],
  'assemblage-controller': [...reconciled('Assemblage'), ours(['Sync'], [...follow, 'create', 'update', 'delete'])],
  'module-controller': [...reconciled('Module'), ours(['ModuleRevision'], [...follow, 'create']), core(['secrets'], ['get'])],
  'bootstrapmodule-controller': [
    ...reconciled('BootstrapModule'),
    ours(['Cluster'], follow),
    core(['secrets'], ['get']),
    ours(['ModuleRevision'], [...follow, 'create']),
    // Whose suspension says whether something is applied directly.
    ours(['RemoteSync'], [...follow, 'update']),
  ],
  'rollout-controller': [
    ...reconciled('Module'),
    ...reconciled('BootstrapModule'),
    ours(['Cluster'], follow),
    // One whose Module goes and leaves what clusters have is let go.
    ours(['ModuleRevision'], [...read, 'update']),
    ours(['RemoteAssemblage'], [...read, 'create', 'update']),
    ours(['RemoteSync'], [...read, 'create', 'update', 'delete']),
    ours(['Rollout'], [...read, 'create', 'update', 'delete']),
    ours(['Rollout'], ['update'], '/status'),
    ours(['RolloutLog'], ['get', 'list', 'create', 'update']),
  ],
  'pullsync-controller': [
    ours(['PullSync'], read),
    ours(['PullSync'], ['update'], '/status'),
    ours(['Cluster'], ['get']),
    ours(['Sync', 'Assemblage'], [...read, 'create', 'update', 'delete']),
    core(['secrets'], ['get']),
    system,
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'] },
  ],
  'registration-controller': [
    ...reconciled('ClusterRegistration'),
    ours(['Cluster'], [...read, 'create', 'update']),
    core(['namespaces'], ['get', 'create']),
    core(['serviceaccounts'], ['get', 'create', 'update']),
    core(['serviceaccounts/token'], ['create']),
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['get', 'create', 'update'] },
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], resourceNames: [agentName], verbs: ['bind'] },
  ],
}

/**
 * The ClusterRoles of this library, by least privilege:
 *
 * - `fleetkit-viewer`, `fleetkit-operator`, `fleetkit-editor`, `fleetkit-admin` for people. Those who see the objects of a namespace see these: the viewer is part of `view`. An operator approves of stages, pins clusters and
 *   pulls the handbrake. An editor writes what is to be applied, and an
 *   admin also where, and approves registrations. Neither is part of `edit` or `admin`: what a Sync applies is applied with the rights of its controller.
 * - `fleetkit-sync-controller` and so on, what each controller needs beside what its objects apply, and `fleetkit-manager`, what every Manager with a lease and Events does.
 * - `fleetkit-remote`, for the user of a kubeconfig, in the cluster that it leads to: what keeps ProxySyncs and RemoteAssemblages there, beside what RemoteSyncs apply.
 * - `fleetkit-agent`, for a cluster that connects to its management: bound by a RoleBinding in the namespace of that cluster.
 *
 * @example
 * ```ts
 * import { formatYaml } from 'fleetkit'
 * import { roles } from 'fleetkit/install'
 *
 * console.log(roles().map(formatYaml).join('---\n'))
 * ```
 *
 * @category Installation
 */
export function roles(): readonly KubeObject[] {
  return Object.entries({ ...people, ...programs }).map(([name, rules]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `fleetkit-${name}`,
      ...(name === 'viewer' ? { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } } : {}),
    },
    rules,
  }))
}
