import type { KubeObject } from '../model/object.ts'
import type { ObjectRef, TypeRef } from '../model/reference.ts'
import type { LabelSelector } from '../model/selector.ts'

/** What every call that can wait accepts. */
export interface CallOptions {
  /** Ends the call with the error `aborted`. */
  readonly signal?: AbortSignal | undefined
}

/** Which objects of a type {@link Store.list} and {@link Store.watch} are about. */
export interface SelectOptions extends CallOptions {
  /** Only this namespace; all of them when absent. */
  readonly namespace?: string | undefined
  /** Only objects whose labels match; all when absent. */
  readonly labelSelector?: LabelSelector | undefined
}

export interface ListOptions extends SelectOptions {
  /** At most this many objects in one page; no limit when absent. */
  readonly limit?: number | undefined
  /** The {@link ObjectList.continue} of the page before. A token of a compacted version ends with `store/relist`. */
  readonly continue?: string | undefined
}

/** One page of a list, ordered by namespace and name. All pages of one list show the same version of the store. */
export interface ObjectList {
  readonly items: readonly KubeObject[]
  /** The version of the store that the list shows: where a watch goes on from. */
  readonly resourceVersion: string
  /** Asks for the next page; absent on the last one. */
  readonly continue?: string | undefined
}

export interface WatchOptions extends SelectOptions {
  /** Changes after this version: that of a list, of an event, or of a bookmark. */
  readonly resourceVersion: string
}

/** A change of an object. An object that stops matching the selector is `DELETED`, one that starts to is `ADDED`. */
export interface ChangeEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object after the change; before it, with the version of the deletion, for `DELETED`. */
  readonly object: KubeObject
}

/** Says that everything up to `resourceVersion` has been seen, even if nothing that matches changed. */
export interface BookmarkEvent {
  readonly type: 'BOOKMARK'
  readonly resourceVersion: string
}

/** What a watch yields. */
export type WatchEvent = ChangeEvent | BookmarkEvent

export interface UpdateOptions extends CallOptions {
  /** Writes `status` and nothing else. Without it, everything but `status` is written. */
  readonly subresource?: 'status' | undefined
}

export interface DeleteOptions extends CallOptions {
  /** Deletes only the object with this uid; another one is `store/conflict`. */
  readonly uid?: string | undefined
  /** Deletes only this version of the object; another one is `store/conflict`. */
  readonly resourceVersion?: string | undefined
  /** What happens to the objects it owns, in a store that collects garbage. The store's own default when absent. */
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan' | undefined
}

export interface LeaseOptions extends CallOptions {
  readonly namespace: string
  readonly name: string
  /** Who holds it; unique among those who compete for it. */
  readonly holder: string
  /** How long the lease outlives its last renewal, in milliseconds. It is renewed three times as often. */
  readonly durationMs: number
}

/** A lease that is held. Disposing of it gives it back. */
export interface Lease extends AsyncDisposable {
  readonly holder: string
  /** Grows by one each time the lease changes hands: a fencing token. */
  readonly term: number
  /** Aborts, with `store/lease-lost` as its reason, before anybody else can hold the lease. */
  readonly signal: AbortSignal
}

/**
 * Keeps Kubernetes-shaped objects. Every write is a compare-and-swap on `metadata.resourceVersion`; `generation`
 * counts changes of everything but metadata and status; objects with finalizers are deleted when the last one leaves.
 *
 * Implementations prove themselves with `storeConformance` of `fleetkit/testing`.
 */
export interface Store extends AsyncDisposable {
  /** The object, or `undefined` when there is none. */
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>

  /** The objects of one type. */
  list(type: TypeRef, options?: ListOptions): Promise<ObjectList>

  /**
   * The changes of one type, each once and in order. Lost connections are taken up again where they broke. The
   * iteration ends quietly when `signal` aborts, and with `store/relist` when the version to go on from is gone.
   */
  watch(type: TypeRef, options: WatchOptions): AsyncIterable<WatchEvent>

  /**
   * Stores a new object and returns it as stored, with uid, resourceVersion, generation 1 and creationTimestamp. Its
   * `status` is not stored. `store/exists` when there is one of the name.
   */
  create(object: KubeObject, options?: CallOptions): Promise<KubeObject>

  /**
   * Replaces an object and returns it as stored. The object's resourceVersion must be the current one, otherwise
   * `store/conflict`; an update that changes nothing changes no version. `store/not-found` when there is none.
   */
  update(object: KubeObject, options?: UpdateOptions): Promise<KubeObject>

  /**
   * Deletes an object. One with finalizers gets a deletionTimestamp and stays until they are gone. `store/not-found`
   * when there is none.
   */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<void>

  /** Waits until the lease can be had, and holds it until it is disposed of. */
  lease(options: LeaseOptions): Promise<Lease>
}
