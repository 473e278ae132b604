import type { FieldAuthor } from '../model/field-author.ts'
import type { ObjectRef, TypeRef } from '../model/reference.ts'

/**
 * Who changed which fields of an object, as its `metadata.managedFields` says.
 *
 * @category Events
 */
export interface DriftAuthor extends FieldAuthor {
  /** As the API server writes them: `.spec.replicas`. */
  readonly fields: readonly string[]
}

/**
 * The fields of each type of event, by type. A program that publishes events of its own beside these declares them here
 * by merging:
 *
 * ```ts
 * declare module 'fleetkit' {
 *   interface FleetEventFields {
 *     'freeze.held': { readonly cluster: string }
 *   }
 * }
 * ```
 *
 * @category Events
 */
export interface FleetEventFields {
  /** An attempt at a Sync began. */
  'sync.started': { readonly sync: ObjectRef }
  /** The source of a Sync was resolved to an exact revision, as `formatRevision` writes it. */
  'sync.resolved': { readonly sync: ObjectRef; readonly revision: string }
  /** What an attempt will do: how many objects get each action. */
  'sync.planned': { readonly sync: ObjectRef; readonly revision: string; readonly actions: Readonly<Record<string, number>> }
  /** The record of what a Sync has applied is lost; these objects were found by their labels. */
  'sync.recovered': { readonly sync: ObjectRef; readonly refs: readonly ObjectRef[] }
  /** One object of a Sync was written. */
  'sync.applied': { readonly sync: ObjectRef; readonly ref: ObjectRef; readonly action: string }
  /** One object that is no longer in the source of a Sync was deleted. */
  'sync.pruned': { readonly sync: ObjectRef; readonly ref: ObjectRef }
  /** The health of one object of a Sync changed. */
  'sync.health': { readonly sync: ObjectRef; readonly ref: ObjectRef; readonly health: string; readonly message: string }
  /** Another manager changed an object of a Sync; `fields` are the paths that differ from the source, `authors` who wrote them, as far as that is known. */
  'sync.drift': {
    readonly sync: ObjectRef
    readonly ref: ObjectRef
    readonly fields: readonly string[]
    readonly authors?: readonly DriftAuthor[] | undefined
  }
  /** A field was corrected again and again, because `manager` writes it again each time. It is left to that one until then (milliseconds since the epoch). */
  'sync.contention': {
    readonly sync: ObjectRef
    readonly ref: ObjectRef
    readonly field: string
    readonly manager?: string | undefined
    readonly until: number
  }
  /** An attempt succeeded. `changed` counts the objects it wrote or deleted. */
  'sync.finished': { readonly sync: ObjectRef; readonly revision: string; readonly durationMs: number; readonly changed: number }
  /** An attempt failed. */
  'sync.failed': { readonly sync: ObjectRef; readonly error: Error; readonly durationMs: number }
  /** The handbrake of a Sync was found pulled: nothing is written for it until it is taken out. */
  'sync.held': { readonly sync: ObjectRef; readonly by: string; readonly reason: string }
  /** A Sync has been pinned to a revision. */
  'sync.pinned': { readonly sync: ObjectRef; readonly revision: string; readonly by: string; readonly reason: string }
  /** A Sync was left alone because it is suspended. */
  'sync.suspended': { readonly sync: ObjectRef }

  /** The Sync of a ProxySync was written in its cluster; `edits` are the fields that another manager had changed there. */
  'mirror.written': { readonly source: ObjectRef; readonly copy: ObjectRef; readonly reason: string; readonly edits: readonly string[] }
  /** What a ProxySync shows has changed: whether its Sync is ready (`True`, `False`, `Unknown`), and why. */
  'mirror.reported': { readonly source: ObjectRef; readonly ready: string; readonly reason: string; readonly revision?: string | undefined }

  /** An object that syncs of an Assemblage are made of was written or deleted; `edits` are the fields that another manager had changed. */
  'assemblage.written': {
    readonly assemblage: ObjectRef
    readonly syncName?: string | undefined
    readonly object: ObjectRef
    readonly action: string
    readonly reason: string
    readonly edits: readonly string[]
  }
  /** A sync of an Assemblage has come into another state, or is to be at another revision. */
  'assemblage.judged': {
    readonly assemblage: ObjectRef
    readonly syncName: string
    readonly state: string
    readonly reason: string
    readonly revision?: string | undefined
  }

  /** Another revision of a Module is wanted: its name, the commit, and the tag that it had. */
  'module.pinned': {
    readonly module: ObjectRef
    readonly revision: string
    readonly commit: string
    readonly tag?: string | undefined
    readonly movedTo?: string | undefined
  }
  /** A cluster is assigned another revision of a Module; `null`: it is to be rid of it. */
  'rollout.assigned': {
    readonly cluster: ObjectRef
    readonly module: string
    readonly revision: string | null
    readonly why: string
    readonly stage: string | null
  }
  /** The rollout of a Module has come further: how many clusters are where. */
  'rollout.progress': {
    readonly module: ObjectRef
    readonly revision: string | null
    readonly phase: string
    readonly clusters: number
    readonly done: number
    readonly updating: number
    readonly held: number
  }
  /** A check of a stage has said something else than before. */
  'rollout.checked': {
    readonly module: ObjectRef
    readonly stage: string
    readonly track?: string | undefined
    readonly check: string
    readonly verdict: 'pass' | 'fail' | 'pending'
    readonly evidence?: string | undefined
  }
  /** A cluster has come further, or back, in taking over what a BootstrapModule has applied there. */
  'module.hand-over': {
    readonly module: ObjectRef
    readonly cluster: ObjectRef
    /** `HandingOver`, `Overdue`, `HandedOver` or `TakenBack`. */
    readonly state: string
    readonly message?: string | undefined
  }
  /** Something of what is planned for a fleet could not be written, and is tried again. */
  'rollout.error': { readonly namespace: string; readonly error: Error; readonly retryInMs: number }

  /** A reconcile succeeded. `requeueAfterMs` is what it asked for. */
  'controller.reconciled': {
    readonly controller: string
    readonly ref: ObjectRef
    readonly durationMs: number
    readonly requeueAfterMs?: number | undefined
  }
  /** How many objects of a controller wait for a worker (`ready`) or for their time (`delayed`), and are reconciled, has changed. */
  'controller.queue': { readonly controller: string; readonly ready: number; readonly delayed: number; readonly running: number }
  /** A reconcile failed, for the `failures`th time in a row, and is tried again. */
  'controller.error': {
    readonly controller: string
    readonly ref: ObjectRef
    readonly error: Error
    readonly failures: number
    readonly retryInMs: number
  }
  /** A reconcile failed with a `terminal` error: it is not tried again until the object changes, or its resync is due. */
  'controller.terminal': { readonly controller: string; readonly ref: ObjectRef; readonly error: Error }

  /** A runnable of a manager threw an error, with which the manager stops. */
  'runnable.failed': { readonly runnable: string; readonly error: Error }

  /** A watch was too far behind to go on and all objects were listed again. `missed` counts what had been missed. */
  'informer.relisted': {
    readonly of: TypeRef
    readonly objects: number
    readonly missed: { readonly added: number; readonly modified: number; readonly deleted: number }
  }
  /** Listing or watching a type failed and is tried again. */
  'informer.error': { readonly of: TypeRef; readonly error: Error; readonly retryInMs: number }
  /** The `project` of an informer threw an error for an object, of which the view before stays. */
  'informer.unprojected': { readonly ref: ObjectRef; readonly error: Error }

  /** This manager holds the lease now. `term` counts its holders. */
  'leader.acquired': { readonly lease: string; readonly holder: string; readonly term: number }
  /** The lease was lost: every reconcile has been aborted, and nothing more is written. */
  'leader.lost': { readonly lease: string; readonly holder: string; readonly term: number; readonly error: Error }
  /** The controllers run, with complete caches. */
  'manager.started': { readonly controllers: readonly string[] }
  /** No controller runs any more. */
  'manager.stopped': { readonly reason: 'aborted' | 'lease-lost' | 'failed' }

  /** A stream of events was read too slowly and lost its `count` oldest ones. Only the stream itself carries it. */
  'stream.dropped': { readonly count: number }
}

/**
 * A type of event.
 *
 * @category Events
 */
export type FleetEventType = keyof FleetEventFields

/**
 * Everything that the library reports while it works, as one union discriminated by `type`. Events are plain frozen data
 * and carry no secrets.
 *
 * @example
 * ```ts
 * import type { FleetEvent } from 'fleetkit'
 *
 * export function line(event: FleetEvent): string | undefined {
 *   switch (event.type) {
 *     case 'sync.finished':
 *       return `${event.sync.name} is at ${event.revision}`
 *     case 'sync.failed':
 *       return `${event.sync.name}: ${event.error.message}`
 *     default:
 *       return undefined
 *   }
 * }
 * ```
 *
 * @category Events
 */
export type FleetEvent<Type extends FleetEventType = FleetEventType> = {
  [T in Type]: {
    readonly type: T
    /** When it happened, in milliseconds since the epoch. */
    readonly at: number
  } & FleetEventFields[T]
}[Type]
