import { formatTime } from '../../model/condition.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import type { KubeObject, ObjectMeta } from '../../model/object.ts'
import { type ObjectRef, refOf } from '../../model/reference.ts'
import type { DeleteOptions } from '../../ports/store.ts'

/** The fields of metadata that only the store writes. */
const systemFields = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const

/** How a type is served. */
export interface TypeTraits {
  /** Whether its objects live in namespaces; both are accepted when absent. */
  readonly namespaced?: boolean | undefined
  /** Whether a name may be whatever can be a segment of a path, as in RBAC; it is a DNS subdomain when absent. */
  readonly anyName?: boolean | undefined
  /** Whether `status` is a subresource, written apart from the rest. */
  readonly status: boolean
  /** Whether `metadata.generation` is counted, from 1. */
  readonly generation: boolean
  /** What it counts the changes of, also where it has no beginning. Those of the content when absent. */
  readonly counted?: readonly ('content' | 'annotations' | 'labels')[] | undefined
}

/** The traits of a custom resource with a status: those of every type in a plain store. */
export const customResource: TypeTraits = { status: true, generation: true }

/** A write that is about to be stored, for {@link Admit}. */
export interface WriteRequest {
  readonly operation: 'create' | 'update' | 'status'
  /** The object as stored; absent for `create`. */
  readonly current?: KubeObject | undefined
}

/**
 * Admits a write, before the generation and whether anything changed are decided: returns the object to store (with
 * defaults, managed fields …), or throws. The result must be JSON that is not changed afterwards.
 */
export type Admit = (next: KubeObject, request: WriteRequest) => KubeObject

/** What the rules need to know besides the objects. */
export interface WriteContext {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly traits: TypeTraits
  readonly admit?: Admit | undefined
}

/** What becomes of a write. The new resourceVersion is not yet given: a `stored` object carries that of its predecessor. */
export type Outcome =
  | { readonly kind: 'unchanged'; readonly object: KubeObject }
  | { readonly kind: 'stored'; readonly object: KubeObject }
  /** The object is deleted; `object` is how it was, or as the write that took its last finalizer left it. */
  | { readonly kind: 'removed'; readonly object: KubeObject }

/** Decides {@link Store.create}. `input` comes from `validateNewObject`. */
export function decideCreate(input: KubeObject, current: KubeObject | undefined, uid: string, context: WriteContext): Outcome {
  if (current !== undefined) throw new FleetkitError('store/exists', 'there is one of the name already', { ref: refOf(input) })
  const { traits, now, admit } = context
  const metadata = {
    ...without(input.metadata, ...systemFields),
    uid,
    creationTimestamp: formatTime(now),
    ...(traits.generation ? { generation: 1 } : {}),
  }
  const next = { ...(traits.status ? without(input, 'status') : input), metadata }
  return { kind: 'stored', object: admit?.(next, { operation: 'create' }) ?? next }
}

/** Decides {@link Store.update}. `input` comes from `validateObject`. */
export function decideUpdate(
  input: KubeObject,
  current: KubeObject | undefined,
  subresource: 'status' | undefined,
  context: WriteContext,
): Outcome {
  const ref = refOf(input)
  if (current === undefined) throw notFound(ref)
  checkPreconditions(ref, current, { resourceVersion: input.metadata.resourceVersion ?? '', uid: input.metadata.uid })
  const { traits, admit } = context
  const proposed =
    subresource === 'status'
      ? withField(current, 'status', input.status)
      : {
          ...(traits.status ? withField(input, 'status', current.status) : input),
          metadata: withSystemFields(input.metadata, current.metadata),
        }
  return settle(admit?.(proposed, { operation: subresource ?? 'update', current }) ?? proposed, current, traits)
}

/**
 * Decides {@link Store.delete}. The first request for an object with finalizers marks it, counting as a change of
 * generation, as the API server has it (k8s.io/apiserver, `markAsDeleting`); later ones change nothing.
 */
export function decideDelete(ref: ObjectRef, current: KubeObject | undefined, options: DeleteOptions, context: WriteContext): Outcome {
  if (current === undefined) throw notFound(ref)
  checkPreconditions(ref, current, options)
  const { metadata } = current
  if ((metadata.finalizers ?? []).length === 0) return { kind: 'removed', object: current }
  if (metadata.deletionTimestamp !== undefined) return { kind: 'unchanged', object: current }
  const generation = metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }
  const marked = { ...metadata, ...generation, deletionTimestamp: formatTime(context.now), deletionGracePeriodSeconds: 0 }
  return { kind: 'stored', object: { ...current, metadata: marked } }
}

/**
 * What storing `next` over `current` comes to: counts the generation, holds finalizers to their rules, and notices when
 * nothing changes. For writes that are not an update, such as server-side apply.
 */
export function settle(next: KubeObject, current: KubeObject, traits: TypeTraits): Outcome {
  const { metadata } = current
  const finalizers = next.metadata.finalizers ?? []
  if (metadata.deletionTimestamp !== undefined) {
    const added = finalizers.filter((finalizer) => !metadata.finalizers?.includes(finalizer))
    if (added.length > 0)
      throw invalid(refOf(next), [
        { path: 'metadata.finalizers', found: added.join(', '), accepted: 'no new ones, because the object is being deleted' },
      ])
  }
  const counted = sameContent(next, current, traits) ? 0 : 1
  const generation = traits.generation || counted > 0 ? { generation: (metadata.generation ?? 0) + counted } : {}
  const object = { ...next, metadata: { ...next.metadata, ...generation } }
  if (metadata.deletionTimestamp !== undefined && finalizers.length === 0) return { kind: 'removed', object }
  return jsonEqual(object, current) ? { kind: 'unchanged', object: current } : { kind: 'stored', object }
}

/** `object` with another resourceVersion, frozen. */
export function withResourceVersion(object: KubeObject, resourceVersion: number): KubeObject {
  return Object.freeze({ ...object, metadata: Object.freeze({ ...object.metadata, resourceVersion: String(resourceVersion) }) })
}

function withSystemFields(next: ObjectMeta, current: ObjectMeta): ObjectMeta {
  const system = Object.entries(current).filter(([field]) => (systemFields as readonly string[]).includes(field))
  return { ...without(next, ...systemFields), ...Object.fromEntries(system) }
}

function sameContent(a: KubeObject, b: KubeObject, traits: TypeTraits): boolean {
  return jsonEqual(contentOf(a, traits), contentOf(b, traits))
}

/** What `generation` counts the changes of. */
function contentOf(object: KubeObject, { status, generation, counted = generation ? ['content'] : [] }: TypeTraits): object {
  const content = counted.includes('content') ? without(object, 'apiVersion', 'kind', 'metadata', ...(status ? ['status'] : [])) : {}
  const { annotations = {}, labels = {} } = object.metadata
  return { content, ...(counted.includes('annotations') && { annotations }), ...(counted.includes('labels') && { labels }) }
}

function checkPreconditions(ref: ObjectRef, current: KubeObject, given: Pick<DeleteOptions, 'uid' | 'resourceVersion'>): void {
  for (const field of ['uid', 'resourceVersion'] as const) {
    const expected = given[field]
    if (expected !== undefined && expected !== current.metadata[field])
      throw new FleetkitError('store/conflict', `${field} is ${current.metadata[field]}, not ${expected === '' ? 'given' : expected}`, {
        ref,
      })
  }
}

function notFound(ref: ObjectRef): FleetkitError {
  return new FleetkitError('store/not-found', 'there is none of the name', { ref })
}

function withField(object: KubeObject, field: string, value: unknown): KubeObject {
  return value === undefined ? without(object, field) : { ...object, [field]: value }
}

function without<T extends object>(object: T, ...fields: readonly string[]): T {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field))) as T
}
