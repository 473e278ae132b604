import { freeze } from 'immer'
import type { KubeObject, ObjectMeta } from '../../../model/object.ts'
import type { TypeRef } from '../../../model/reference.ts'

/**
 * Which object an informer has a view of, and at which state: what it keeps of an object whatever `project` makes of it.
 *
 * @category Manager
 */
export interface ObjectIdentity extends TypeRef {
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'uid' | 'resourceVersion' | 'generation' | 'deletionTimestamp'>
}

/** What a cache keeps of an object. */
export interface Kept<View> {
  readonly identity: ObjectIdentity
  readonly view: View
}

/** An object that `project` threw an error for. */
export interface NotProjected {
  readonly identity: ObjectIdentity
  readonly error: unknown
}

/** Which part of objects a cache keeps. */
export interface KeepOptions<View> {
  /** Whether it keeps `metadata.managedFields`. It does by default. */
  readonly managedFields?: boolean | undefined
  /** What it keeps instead of the object. */
  readonly project?: ((object: KubeObject) => View) | undefined
}

/** What a cache keeps of an object. `View` is the object itself where nothing projects it. */
export function keep<View>(object: KubeObject, { managedFields = true, project }: KeepOptions<View>): Kept<View> | NotProjected {
  const own = managedFields ? object : withoutManagedFields(object)
  if (project === undefined) return { identity: own, view: freeze(own, true) as unknown as View }
  const identity = identityOf(own)
  try {
    return { identity, view: freeze(project(own), true) }
  } catch (error) {
    return { identity, error }
  }
}

function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function identityOf({ apiVersion, kind, metadata }: KubeObject): ObjectIdentity {
  const { name, namespace, labels, uid, resourceVersion, generation, deletionTimestamp } = metadata
  return freeze({ apiVersion, kind, metadata: { name, namespace, labels, uid, resourceVersion, generation, deletionTimestamp } }, true)
}
