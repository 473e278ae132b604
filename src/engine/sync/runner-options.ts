import type { RemoteSync } from '../../model/kinds/remote-sync/remote-sync.ts'
import type { RemoteSyncSpecInput } from '../../model/kinds/remote-sync/types.generated.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncSpecInput } from '../../model/kinds/sync/types.generated.ts'
import type { ObjectMeta } from '../../model/object.ts'
import type { PartialPolicy } from '../../plan/apply/plan.ts'
import type { SyncPlan } from '../../plan/contract/sync-plan.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Connect } from '../../ports/connect.ts'
import type { Git } from '../../ports/git.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import type { KindRules } from '../attempt/kind-rules.ts'
import type { InventoryOptions } from '../attempt/record/inventory-options.ts'

/**
 * Options of `SyncRunner`. It disposes of none of them.
 *
 * @category Sync
 */
export interface SyncRunnerOptions extends KindRules, InventoryOptions {
  /** The cluster that Syncs are applied to. */
  readonly cluster?: ClusterApi | undefined
  /** Reaches the clusters that RemoteSyncs are applied to. */
  readonly connect?: Connect | undefined
  /** The id of the management, by which what RemoteSyncs apply is told from what others apply. That of the store when absent. */
  readonly management?: string | undefined
  /** Where the sources are. Not needed when all objects are made in code. */
  readonly git?: Git | undefined
  /**
   * Where the Sync objects are kept; their statuses hold the inventories. Without it, each inventory is kept in a
   * ConfigMap `sync-<name>` in the Sync's namespace of the cluster itself. RemoteSyncs need it: the inventory of one that is not kept in it lies there
   * in a ConfigMap `remotesync-<name>`.
   */
  readonly store?: Store | undefined
  /**
   * The first one that accepts a directory renders it. `defaultRenderers` when absent: plain YAML, and kustomize where its
   * program is. To have those too: `[mine, ...defaultRenderers]`.
   */
  readonly renderers?: readonly Renderer[] | undefined
  /** What is done with a plan of which a part is refused, where the Sync does not say so itself: the rest of it, by default. */
  readonly partial?: PartialPolicy | undefined
  /** Who runs it: the actor in `status.history`. `runner` by default. */
  readonly actor?: string | undefined
  readonly clock?: Clock | undefined
  /** Silent by default. */
  readonly logger?: Logger | undefined
}

/**
 * A Sync whose objects are made in code: without a source.
 *
 * @category Sync
 */
export interface ObjectsSync {
  readonly metadata: ObjectMeta
  readonly spec: Omit<SyncSpecInput, 'source' | 'path'>
}

/**
 * A RemoteSync whose objects are made in code: without a source.
 *
 * @category Sync
 */
export interface ObjectsRemoteSync {
  readonly metadata: ObjectMeta
  readonly spec: Omit<RemoteSyncSpecInput, 'source' | 'path'>
}

/**
 * What a `SyncRunner` applies.
 *
 * @category Sync
 */
export type AppliedInput = Sync | RemoteSync | ObjectsSync | ObjectsRemoteSync

/**
 * Options of `SyncRunner.plan`.
 *
 * @category Sync
 */
export interface PlanOptions extends CallOptions {
  /**
   * The objects to apply, made in code: by cdk8s, from templates, or as plain values. The source of the Sync is not read, if it
   * has one; the digest of the objects is the revision, as `objects@sha256:…`.
   */
  readonly objects?: readonly unknown[] | undefined
  /** What is done when a part is refused. What the Sync says, or else the runner, by default. */
  readonly partial?: PartialPolicy | undefined
  /**
   * Back to a revision of the history instead of what the source names: by its whole revision, its tag or its commit. It is an ordinary plan,
   * and pins the Sync for this once; see `lastGood`.
   */
  readonly revision?: string | undefined
  /**
   * Other Syncs, as they are about to be run: an object that one of them releases is taken over, and one that they are to have is left to
   * them, whichever is run first.
   */
  readonly peers?: readonly (Sync | RemoteSync)[] | undefined
}

/**
 * Options of `SyncRunner.run`.
 *
 * @category Sync
 */
export interface RunOptions extends PlanOptions {
  /** The plan that was reviewed: exactly this is done, or nothing. */
  readonly plan?: SyncPlan | undefined
  /**
   * The digest of the plan that was approved. Beside `plan` it says that this is the one, wherever it was kept; alone it says what is to be
   * done, and an error cannot tell what differs.
   */
  readonly expect?: string | undefined
  /**
   * The deletions that are confirmed, where `spec.confirmPrune` asks for that: what `pruneDigestOf` gives for the plan. A plan that was
   * reviewed, by `plan` or `expect`, confirms its own.
   */
  readonly confirmPrune?: string | undefined
}
