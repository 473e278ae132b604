import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { groupKindOf, isDefinition, type ObjectRef, refKey, refOf, type TypeRef } from '../../../model/reference.ts'
import { type Contents, isContainer } from '../../../plan/apply/contents.ts'
import type { ApplyPlan } from '../../../plan/apply/plan.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { resultOf } from '../result.ts'

/** How many objects of a kind are looked at; more are counted as "or more". */
const maxObjects = 500
/** The namespace of every cluster in which only the cluster itself puts something. */
const referenceNamespace = 'kube-public'
const controlPlane = 'kube-controller-manager'

/** What would go along with each namespace and definition that a plan deletes, by {@link refKey}. */
export async function readContents(
  { prunes }: ApplyPlan,
  live: readonly KubeObject[],
  cluster: ClusterApi,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Contents>> {
  const leaving = prunes.filter(({ type }) => type === 'prune')
  const containers = leaving.filter(({ ref }) => isContainer(ref))
  if (containers.length === 0) return new Map()
  const goes = new Set(leaving.map(({ uid }) => uid))
  const objects = new Map(live.map((object) => [refKey(refOf(object)), object]))
  const read = async (ref: ObjectRef): Promise<readonly [string, Contents]> => {
    const object = objects.get(refKey(ref)) as KubeObject
    const contents = isDefinition(ref) ? await ofDefinition(object, cluster, signal) : await inNamespace(ref.name, cluster, signal)
    return [refKey(ref), { ...contents, refs: contents.objects.filter(({ metadata }) => !goes.has(metadata.uid)).map(refOf) }]
  }
  return new Map(await Promise.all(containers.map(({ ref }) => read(ref))))
}

interface Found {
  readonly objects: readonly KubeObject[]
  readonly more: boolean
  readonly unknown?: string | undefined
}

async function ofDefinition({ spec }: KubeObject, cluster: ClusterApi, signal: AbortSignal): Promise<Found> {
  const { group = '', names } = (spec ?? {}) as { readonly group?: string; readonly names?: { readonly kind?: string } }
  const type = await cluster.discover({ group, kind: names?.kind ?? '' }, { signal })
  return type === undefined ? { objects: [], more: false } : listSome(cluster, type, undefined, signal)
}

/** What people, or their controllers, have put into a namespace. What has an owner goes with that, and is not counted. */
async function inNamespace(namespace: string, cluster: ClusterApi, signal: AbortSignal): Promise<Found> {
  const types = (await cluster.types({ signal })).filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'),
  )
  const found = await Promise.all(types.map((type) => listSome(cluster, type, namespace, signal)))
  const own = found.flatMap(({ objects }) => objects).filter(isOwn)
  const kept = await Promise.all(own.map(async (object) => ((await isInEveryNamespace(object, cluster, signal)) ? [] : [object])))
  const unknown = found.map((each) => each.unknown).find((each) => each !== undefined)
  return { objects: kept.flat(), more: found.some(({ more }) => more), unknown }
}

/** Whether an object was put there on purpose: events are messages, computed views have no uid, and the control plane makes some itself. */
function isOwn({ apiVersion, kind, metadata }: KubeObject): boolean {
  if (isEvent({ apiVersion, kind }) || metadata.uid === undefined || (metadata.ownerReferences ?? []).length > 0) return false
  const managers = new Set((metadata.managedFields ?? []).map(({ manager }) => manager))
  return !(managers.size === 1 && managers.has(controlPlane))
}

function isEvent(type: TypeRef): boolean {
  return ['/Event', 'events.k8s.io/Event'].includes(groupKindOf(type))
}

/** Whether the cluster has put an object of this name into every namespace: certificates of its own, a default ServiceAccount. */
async function isInEveryNamespace(object: KubeObject, cluster: ClusterApi, signal: AbortSignal): Promise<boolean> {
  const found = await resultOf(() => cluster.get({ ...refOf(object), namespace: referenceNamespace }, { signal }))
  return found !== undefined && !(found instanceof FleetkitError)
}

async function listSome(
  cluster: ClusterApi,
  { apiVersion, kind }: TypeRef,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const page = await resultOf(() => cluster.list({ apiVersion, kind }, { namespace, limit: maxObjects, signal }))
  // What can be read a moment later is not unknown.
  if (page instanceof FleetkitError && page.retryable) throw page
  if (page instanceof FleetkitError) return { objects: [], more: false, unknown: page.message }
  return { objects: page.items, more: page.continue !== undefined }
}
