import type { KubeObject } from '../model/object.ts'
import type { ObjectRef, TypeRef } from '../model/reference.ts'
import type { LabelSelector } from '../model/selector.ts'

/**
 * What every call that can wait accepts.
 *
 * @category Ports
 */
export interface CallOptions {
  /** Ends the call with the error `aborted`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Which objects of a type {@link Store.list} and {@link Store.watch} are about.
 *
 * @category Ports
 */
export interface SelectOptions extends CallOptions {
  /** Only this namespace; all of them when absent. */
  readonly namespace?: string | undefined
  /** Only objects whose labels match; all when absent. */
  readonly labelSelector?: LabelSelector | undefined
}

/**
 * Which objects `Store.list` lists, and how many at a time.
 *
 * @category Ports
 */
export interface ListOptions extends SelectOptions {
  /** At most this many objects in one page; no limit when absent. */
  readonly limit?: number | undefined
  /** The {@link ObjectList.continue} of the page before. `store/relist` when what that page showed is compacted. */
  readonly continue?: string | undefined
}

/**
 * One page of a list, ordered by namespace and then by name, in code points. All pages of one list show the store as it
 * was for the first, whatever is written in between. A page with a limit is full unless it is the last.
 *
 * @category Ports
 */
export interface ObjectList {
  readonly items: readonly KubeObject[]
  /** The state of the store that the list shows, the same for all its pages: a watch goes on from here. */
  readonly resourceVersion: string
  /** Requests the next page; absent on the last one. Opaque. */
  readonly continue?: string | undefined
}

/**
 * Which changes `Store.watch` yields, and from when on.
 *
 * @category Ports
 */
export interface WatchOptions extends SelectOptions {
  /** Changes after this state: that of a list, of the object of an event, or of a bookmark. */
  readonly resourceVersion: string
}

/**
 * A change of an object. An object that stops matching the selector is `DELETED`, one that starts to is `ADDED`.
 *
 * @category Ports
 */
export interface ChangeEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object after the change. For `DELETED` the object before it, with the resourceVersion of the deletion. */
  readonly object: KubeObject
}

/**
 * Says that everything up to `resourceVersion` has been seen, even if nothing that matches changed. A watch that matches
 * little yields one from time to time, so that it can go on from there after the history before is compacted.
 *
 * @category Ports
 */
export interface BookmarkEvent {
  readonly type: 'BOOKMARK'
  readonly resourceVersion: string
}

/**
 * What a watch yields.
 *
 * @category Ports
 */
export type WatchEvent = ChangeEvent | BookmarkEvent

/**
 * What `Store.update` writes.
 *
 * @category Ports
 */
export interface UpdateOptions extends CallOptions {
  /** Writes `status` and nothing else. Without it, everything but `status` is written. */
  readonly subresource?: 'status' | undefined
}

/**
 * Which object `Store.delete` deletes, and what becomes of those that depend on it.
 *
 * @category Ports
 */
export interface DeleteOptions extends CallOptions {
  /** Deletes only the object with this uid; another one is `store/conflict`. */
  readonly uid?: string | undefined
  /** Deletes the object only while it has this resourceVersion; otherwise `store/conflict`. */
  readonly resourceVersion?: string | undefined
  /** What happens to the objects it owns, in a store that collects garbage. The store's own default when absent. */
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan' | undefined
}

/**
 * Which lease `Store.lease` waits for, and for whom.
 *
 * @category Ports
 */
export interface LeaseOptions extends CallOptions {
  readonly namespace: string
  readonly name: string
  /** Names the holder; unique among all that compete for the lease, since a lease of the same name is taken over at once. */
  readonly holder: string
  /** How long the lease outlives its last renewal, in milliseconds. It is renewed three times as often. */
  readonly durationMs: number
}

/**
 * A lease that is held. Disposing of it gives it back.
 *
 * @category Ports
 */
export interface Lease extends AsyncDisposable {
  readonly holder: string
  /** Grows by one each time the lease is acquired: a fencing token. */
  readonly term: number
  /** Aborts, with `store/lease-lost` as its reason, before another holder can have the lease. */
  readonly signal: AbortSignal
}

/**
 * Keeps Kubernetes-shaped objects. Every write is a compare-and-swap on `metadata.resourceVersion`; `generation`
 * counts changes of everything but metadata and status; objects with finalizers are deleted when the last one leaves.
 *
 * What an implementation promises beyond its methods:
 *
 * - **Types.** The group of `apiVersion` and the `kind` name a type. API versions of one group hold the same objects, and
 *   an object is answered in the API version that was requested. A store may serve any type, or only some
 *   (`cluster/unknown-kind`).
 * - **resourceVersion.** A write gives the object a new one. Callers compare it for equality and never parse it. It also
 *   names states of the store, for lists and watches.
 * - **Validity.** An object that breaks the rules of the API server for metadata, or is no JSON, is `model/invalid`, with
 *   every problem; `validateObject` of `fleetkit/store` is that check. A server behind a store may refuse more, with
 *   `cluster/invalid`.
 * - **Ownership.** Objects are shared with no one: neither what a caller does to an object it gave nor to one it got
 *   changes the store. Given objects may be frozen and are not changed; answered ones may be frozen.
 * - **History.** A store keeps the last changes for later pages and watches, and may compact older ones at any time. What
 *   needs compacted history ends with `store/relist`: list again, and watch from there.
 * - **Ends.** A signal that is aborted already ends a call with `aborted` before it does anything. After disposal every
 *   call is `closed`, and a running watch ends with `closed`.
 * - **Failures.** `store/unavailable`, or the retryable code of the server behind, when trying again can help.
 *
 * Implementations prove themselves with `storeConformance` of `fleetkit/testing`.
 *
 * @category Ports
 */
export interface Store extends AsyncDisposable {
  /** The object, or `undefined` when there is none. */
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>

  /** The objects of one type. `ListPage` of `fleetkit/store` makes the pages. */
  list(type: TypeRef, options?: ListOptions): Promise<ObjectList>

  /**
   * The changes of one type, each once and in order, with bookmarks between them. A slow consumer misses nothing. Lost
   * connections are resumed where they broke. The iteration ends quietly when `signal` aborts, and with `store/relist` when
   * the history to go on from is compacted.
   */
  watch(type: TypeRef, options: WatchOptions): AsyncIterable<WatchEvent>

  /**
   * Stores a new object and returns it as stored, with uid, resourceVersion, generation 1 and creationTimestamp. Its
   * `status`, and what it says of these fields itself, is not stored. `store/exists` when there is one of the name;
   * `model/invalid` when it has a resourceVersion.
   */
  create(object: KubeObject, options?: CallOptions): Promise<KubeObject>

  /**
   * Replaces an object and returns it as stored. The object's resourceVersion must be the current one, and its uid when it
   * has one, otherwise `store/conflict`; without a resourceVersion it is one too. An update that changes nothing gives no new
   * resourceVersion. `store/not-found` when there is none. An object that is being deleted takes no new finalizer
   * (`model/invalid`, or `cluster/invalid`); when its last one is removed, it is gone.
   */
  update(object: KubeObject, options?: UpdateOptions): Promise<KubeObject>

  /**
   * Deletes an object. One with finalizers gets a deletionTimestamp and stays until they are gone; deleting it again
   * changes nothing. Answers the object that waits for them, and `undefined` when it is gone; an implementation may leave the
   * object out. `store/not-found` when there is none.
   */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<KubeObject | undefined>

  /**
   * Waits until the lease is free, and holds it until it is disposed of. The lease is an object of the store like others: a
   * `Lease` of `coordination.k8s.io/v1`, with the fields and by the rules of client-go's leader election, so that programs
   * in other languages can compete for it. `leaseOver` of `fleetkit/store` is the whole method for any store.
   */
  lease(options: LeaseOptions): Promise<Lease>
}
