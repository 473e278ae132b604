import { compareText } from '../model/compare-text.ts'
import type { KubeObject } from '../model/object.ts'
import { groupOf, type ObjectRef, refOf, type TypeRef } from '../model/reference.ts'

/** The parts of an apply, in their order: each begins when the one before is there. */
export type ApplyStage = 'definitions' | 'classes' | 'objects' | 'webhooks'

const stages: readonly ApplyStage[] = ['definitions', 'classes', 'objects', 'webhooks']

// The order of fluxcd/pkg/ssa (sort.go), with the groups spelt out, so that somebody's own kind of the same name is not meant.
const ranked: Readonly<Record<ApplyStage, readonly (readonly [group: string, kind: string])[]>> = {
  definitions: [
    ['apiextensions.k8s.io', 'CustomResourceDefinition'],
    ['', 'Namespace'],
    ['rbac.authorization.k8s.io', 'ClusterRole'],
  ],
  classes: [
    ['cluster.x-k8s.io', 'ClusterClass'],
    ['node.k8s.io', 'RuntimeClass'],
    ['scheduling.k8s.io', 'PriorityClass'],
    ['storage.k8s.io', 'StorageClass'],
    ['snapshot.storage.k8s.io', 'VolumeSnapshotClass'],
    ['networking.k8s.io', 'IngressClass'],
    ['gateway.networking.k8s.io', 'GatewayClass'],
  ],
  objects: [
    ['rbac.authorization.k8s.io', 'ClusterRoleBinding'],
    ['', 'ResourceQuota'],
    ['', 'ServiceAccount'],
    ['rbac.authorization.k8s.io', 'Role'],
    ['rbac.authorization.k8s.io', 'RoleBinding'],
    ['', 'ConfigMap'],
    ['', 'Secret'],
    ['', 'Service'],
    ['', 'LimitRange'],
    ['apps', 'Deployment'],
    ['apps', 'StatefulSet'],
    ['batch', 'CronJob'],
    ['policy', 'PodDisruptionBudget'],
  ],
  webhooks: [
    ['admissionregistration.k8s.io', 'MutatingWebhookConfiguration'],
    ['admissionregistration.k8s.io', 'ValidatingWebhookConfiguration'],
  ],
}

interface Place {
  readonly stage: number
  /** Within the stage; kinds that the table does not name come after those it names. */
  readonly rank: number
}

const places: ReadonlyMap<string, Place> = new Map(
  stages.flatMap((name, stage) => ranked[name].map(([group, kind], rank) => [`${group}|${kind}`, { stage, rank }] as const)),
)
const otherClass: Place = { stage: 1, rank: ranked.classes.length }
const other: Place = { stage: 2, rank: ranked.objects.length }

function placeOf(type: TypeRef): Place {
  return places.get(`${groupOf(type.apiVersion)}|${type.kind}`) ?? (type.kind.endsWith('Class') ? otherClass : other)
}

/** The stage that objects of a type are applied in. */
export function stageOf(type: TypeRef): ApplyStage {
  return stages[placeOf(type).stage] as ApplyStage
}

/**
 * The order of objects by their references: stage, kind, namespace, name. It is total, so that any order of the same
 * objects becomes the same one; it is 0 only for references to one object in one version.
 */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  const [first, second] = [placeOf(a), placeOf(b)]
  return (
    first.stage - second.stage ||
    first.rank - second.rank ||
    compareText(groupOf(a.apiVersion), groupOf(b.apiVersion)) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace ?? '', b.namespace ?? '') ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion)
  )
}

/** {@link compareRefs} for objects. */
export function compareObjects(a: KubeObject, b: KubeObject): number {
  return compareRefs(refOf(a), refOf(b))
}

/**
 * The stages to apply objects in, each sorted, none empty: definitions, namespaces and cluster roles, which others
 * need to exist; then classes; then the rest; then admission webhooks, which could refuse what comes with them.
 *
 * @example
 * ```ts
 * import { applyOrder } from 'fleetkit/manifest'
 *
 * const web = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'apps' } }
 * const apps = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } }
 * console.log(applyOrder([web, apps])) // [[apps], [web]]
 * ```
 */
export function applyOrder(objects: readonly KubeObject[]): readonly (readonly KubeObject[])[] {
  const sorted = objects.toSorted(compareObjects)
  return stages.map((stage) => sorted.filter((object) => stageOf(object) === stage)).filter((stage) => stage.length > 0)
}

/** The order to delete objects in: that of {@link applyOrder}, reversed. */
export function pruneOrder(refs: readonly ObjectRef[]): readonly ObjectRef[] {
  return refs.toSorted((a, b) => compareRefs(b, a))
}
