import { fieldOf } from '../../../manifest/fields/json.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import { jsonEqual } from '../../../model/json-equal.ts'
import type { Json, KubeObject } from '../../../model/object.ts'

/** Fields that never change once the object is there, by kind: k8s.io/kubernetes, the `ValidateUpdate` of each. */
const immutableFields: Readonly<Record<string, readonly string[]>> = {
  ClusterRoleBinding: ['roleRef'],
  CustomResourceDefinition: ['spec.group', 'spec.names.kind', 'spec.names.plural', 'spec.scope'],
  DaemonSet: ['spec.selector'],
  Deployment: ['spec.selector'],
  IngressClass: ['spec.controller'],
  Job: ['spec.completionMode', 'spec.selector', 'spec.template'],
  PersistentVolumeClaim: ['spec.accessModes', 'spec.selector', 'spec.storageClassName', 'spec.volumeMode', 'spec.volumeName'],
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'spec.volumes'],
  PriorityClass: ['value'],
  ReplicaSet: ['spec.selector'],
  RoleBinding: ['roleRef'],
  RuntimeClass: ['handler'],
  Secret: ['type'],
  Service: ['spec.clusterIP'],
  StatefulSet: ['spec.podManagementPolicy', 'spec.selector', 'spec.serviceName', 'spec.volumeClaimTemplates'],
  StorageClass: ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'],
}

/** Fields that may be set once: an absent value is one that the server has not yet given. */
const settableOnce: ReadonlySet<string> = new Set(['spec.clusterIP', 'spec.nodeName', 'spec.volumeName'])

/** The fields that an update changes and may not. */
export function immutableChanges(before: KubeObject, after: KubeObject): readonly Problem[] {
  const paths = Object.hasOwn(immutableFields, before.kind) ? (immutableFields[before.kind] ?? []) : []
  const sealed =
    (before.kind === 'ConfigMap' || before.kind === 'Secret') && before.immutable === true ? ['binaryData', 'data', 'immutable'] : []
  return [...paths, ...sealed].flatMap((path) => {
    const [old, next] = [valueAt(before, path), valueAt(after, path)]
    if (jsonEqual(old, next) || (settableOnce.has(path) && (old === undefined || old === ''))) return []
    return [{ path, found: 'another value', accepted: 'the value it has: the field is immutable' }]
  })
}

function valueAt(object: KubeObject, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((value, name) => fieldOf(value, name), object as unknown as Json)
}
