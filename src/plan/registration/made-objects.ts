import { Cluster } from '../../model/kinds/cluster/cluster.ts'
import { clusterRegistrationKind } from '../../model/kinds/cluster-registration/kind.ts'
import { fleetkitGroup } from '../../model/kinds/group.ts'
import type { KubeObject, OwnerReference } from '../../model/object.ts'
import type { RegistrationTarget } from './plan-registration.ts'
import { registeredUidAnnotation } from './registered-uid.ts'

const rbacGroup = 'rbac.authorization.k8s.io'
const rbac = `${rbacGroup}/v1`

/** The ServiceAccount of the agent of a cluster, in the namespace of its Cluster, and the ClusterRole that it is bound to there. */
export const agentName = 'fleetkit-agent'

/**
 * Who is meant in a RoleBinding.
 *
 * @category ClusterRegistration
 */
export interface RbacSubject {
  readonly kind: 'ServiceAccount' | 'User' | 'Group'
  readonly name: string
  /** Of a ServiceAccount. */
  readonly namespace?: string | undefined
}

/** What is made first: the namespace, and the Cluster in it. */
export function clusterObjects({
  namespace,
  name,
  labels,
  uid,
}: RegistrationTarget): readonly [namespace: KubeObject, cluster: KubeObject] {
  const annotations = { [registeredUidAnnotation]: uid }
  const metadata = { namespace, name, annotations, ...(labels === undefined ? {} : { labels }) }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    new Cluster({ metadata, spec: { access: { inbound: {} } } }).toObject(),
  ]
}

/** What the agent of a Cluster is and may do, deleted with the Cluster: its ServiceAccount, the rights of an agent, and to renew its own token. */
export function agentObjects(cluster: KubeObject): readonly KubeObject[] {
  const { namespace } = cluster.metadata
  const token = `${agentName}-token`
  const common = (name: string) => ({ metadata: { namespace, name, ownerReferences: [ownedBy(cluster)] } })
  const subject: RbacSubject = { kind: 'ServiceAccount', name: agentName, namespace: namespace as string }
  const rules = [{ apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [agentName], verbs: ['create'] }]
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', ...common(agentName) },
    { apiVersion: rbac, kind: 'Role', ...common(token), rules },
    { ...common(token), ...binding('Role', token, subject) },
    { ...common(agentName), ...binding('ClusterRole', agentName, subject) },
  ]
}

/** The right to read a registration, by its name and nothing else, deleted with it. */
export function readerObjects(registration: KubeObject, registrants: RbacSubject): readonly KubeObject[] {
  const { namespace, name } = registration.metadata
  const metadata = { namespace, name, ownerReferences: [ownedBy(registration)] }
  const rules = [{ apiGroups: [fleetkitGroup], resources: [clusterRegistrationKind.plural], resourceNames: [name], verbs: ['get'] }]
  return [
    { apiVersion: rbac, kind: 'Role', metadata, rules },
    { metadata, ...binding('Role', name, registrants) },
  ]
}

function binding(kind: 'Role' | 'ClusterRole', name: string, subject: RbacSubject) {
  const apiGroup = subject.kind === 'ServiceAccount' ? {} : { apiGroup: rbacGroup }
  return {
    apiVersion: rbac,
    kind: 'RoleBinding',
    roleRef: { apiGroup: rbacGroup, kind, name },
    subjects: [{ ...apiGroup, ...subject }],
  }
}

function ownedBy({ apiVersion, kind, metadata: { name, uid = '' } }: KubeObject): OwnerReference {
  return { apiVersion, kind, name, uid }
}
