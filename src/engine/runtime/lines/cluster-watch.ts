import type { KubeObject } from '../../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../../model/reference.ts'
import type { LabelSelector } from '../../../model/selector.ts'

/**
 * Objects of another cluster that a controller follows.
 *
 * @category Manager
 */
export interface ClusterWatch {
  readonly type: TypeRef
  /** Only objects whose labels match; all when absent. */
  readonly labelSelector?: LabelSelector | undefined
  /** Begins from nothing when it is another one: the state of the cluster that what is known is of, such as its last restore from a backup. */
  readonly state?: string | undefined
  /** The objects of the controller that are reconciled after a change. */
  readonly map: (object: KubeObject) => readonly ObjectRef[]
}

/**
 * The objects of another cluster as last seen.
 *
 * @category Manager
 */
export interface ClusterCache {
  /** The object, or `undefined` when there is none. */
  get(ref: ObjectRef): KubeObject | undefined
}
