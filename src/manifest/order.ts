import { compareText } from '../model/compare-text.ts'
import { invalid } from '../model/errors/invalid.ts'
import { describeValue } from '../model/errors/problem.ts'
import type { KubeObject } from '../model/object.ts'
import { groupKindOf, groupOf, type ObjectRef, refOf, type TypeRef } from '../model/reference.ts'

/** The parts of an apply, in their order: each begins when the one before is there. */
export type ApplyStage = 'definitions' | 'classes' | 'objects' | 'webhooks'

const stages: readonly ApplyStage[] = ['definitions', 'classes', 'objects', 'webhooks']

// The order of fluxcd/pkg/ssa (sort.go), with the groups spelt out, so that a kind of the same name in another group is not meant.
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

/** How kinds are ordered that the library does not know, or that are to go elsewhere. */
export interface ApplyOrderOptions {
  /** The stage of kinds, by `group/Kind` (`/Pod` in the core group). In its stage such a kind comes after those that the library names. */
  readonly stages?: ReadonlyMap<string, ApplyStage> | undefined
}

interface Position {
  readonly stage: number
  /** Within the stage; kinds that the table does not name come after those it names. */
  readonly rank: number
}

const positions: ReadonlyMap<string, Position> = new Map(
  stages.flatMap((name, stage) => ranked[name].map(([group, kind], rank) => [`${group}/${kind}`, { stage, rank }] as const)),
)

function positionOf(type: TypeRef, { stages: chosen }: ApplyOrderOptions): Position {
  const key = groupKindOf(type)
  const stage = chosen?.get(key)
  if (stage !== undefined) return lastOf(stage, key)
  return positions.get(key) ?? lastOf(type.kind.endsWith('Class') ? 'classes' : 'objects', key)
}

function lastOf(name: ApplyStage, key: string): Position {
  const stage = stages.indexOf(name)
  // An object of no stage would be applied in none, without a word.
  if (stage === -1)
    throw invalid(undefined, [{ path: `stages[${key}]`, found: describeValue(name), accepted: `one of ${stages.join(', ')}` }])
  return { stage, rank: ranked[name].length }
}

/** The stage that objects of a type are applied in. */
export function stageOf(type: TypeRef, options: ApplyOrderOptions = {}): ApplyStage {
  return stages[positionOf(type, options).stage] as ApplyStage
}

/**
 * The order of objects by their references: stage, kind, namespace, name. It is total, so that any order of the same
 * objects becomes the same one; it is 0 only for references to one object in one API version.
 */
export function compareRefs(a: ObjectRef, b: ObjectRef, options: ApplyOrderOptions = {}): number {
  const [first, second] = [positionOf(a, options), positionOf(b, options)]
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

/** Whether neither of two types comes before the other by its kind. */
export function sameRank(a: TypeRef, b: TypeRef): boolean {
  const [first, second] = [positionOf(a, {}), positionOf(b, {})]
  return first.stage === second.stage && first.rank === second.rank
}

/** {@link compareRefs} for objects. */
export function compareObjects(a: KubeObject, b: KubeObject, options: ApplyOrderOptions = {}): number {
  return compareRefs(refOf(a), refOf(b), options)
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
 *
 * @example A kind whose objects others need
 * ```ts
 * import { type ApplyStage, applyOrder } from 'fleetkit/manifest'
 *
 * const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'apps' } }
 * const orders = { apiVersion: 'example.com/v1', kind: 'Database', metadata: { name: 'orders', namespace: 'apps' } }
 * const stages = new Map<string, ApplyStage>([['example.com/Database', 'classes']])
 * console.log(applyOrder([web, orders], { stages })) // [[orders], [web]]
 * ```
 */
export function applyOrder(objects: readonly KubeObject[], options: ApplyOrderOptions = {}): readonly (readonly KubeObject[])[] {
  const sorted = objects.toSorted((a, b) => compareObjects(a, b, options))
  return stages.map((stage) => sorted.filter((object) => stageOf(object, options) === stage)).filter((stage) => stage.length > 0)
}

/** The order to delete objects in: that of {@link applyOrder}, reversed. */
export function pruneOrder(refs: readonly ObjectRef[], options: ApplyOrderOptions = {}): readonly ObjectRef[] {
  return refs.toSorted((a, b) => compareRefs(b, a, options))
}
