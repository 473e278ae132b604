import type { KubeObject } from '../../object.ts'
import type { ObjectRef } from '../../reference.ts'
import type { AssembledSync, AssembledSyncStatus } from './types.generated.ts'

/**
 * What a {@link Driver} found of the syncs of an Assemblage.
 *
 * @category Ports
 */
export interface Observation {
  /** The objects that the syncs are made of, those of syncs that are to go too, and whatever else the driver judges by. */
  readonly objects: readonly KubeObject[]
  /** Objects in the cluster that a sync applied which is being deleted, and that have to go with it; `sync` is its name. */
  readonly left: readonly { readonly sync: string; readonly ref: ObjectRef }[]
}

/**
 * What a {@link Driver} decides by.
 *
 * @category Ports
 */
export interface DriverInput {
  /** The Assemblage. */
  readonly assemblage: ObjectRef
  /** The syncs as they are to be, those that others depend on first; none when all are to go. */
  readonly syncs: readonly AssembledSync[]
  readonly found: Observation
  /** What is remembered of the syncs: how they were judged, and what was written last. */
  readonly known: readonly AssembledSyncStatus[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * One write of a {@link Driver}.
 *
 * @category Ports
 */
export interface DriverChange {
  readonly action: 'create' | 'update' | 'delete'
  /** The object as it is to be; for an update and a deletion with the uid and resourceVersion that were found. */
  readonly object: KubeObject
  /** The sync that is made of the object; absent for what several share. */
  readonly sync?: string | undefined
  /** Why: it is not there, it is of another version, others have edited it, or it is not wanted any more. */
  readonly reason: 'absent' | 'changed' | 'edited' | 'removed'
  /** The fields that others have edited. */
  readonly edits: readonly string[]
}

/**
 * How a sync is, as a {@link Driver} judges it.
 *
 * @category Ports
 */
export type SyncVerdict = Omit<AssembledSyncStatus, 'since'>
