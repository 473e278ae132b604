import { loadOnce } from '../../async/load-once.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncSpecInput, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { ObjectMeta } from '../../model/object.ts'
import { EventBus } from '../../observe/event-bus.ts'
import type { PartialPolicy } from '../../plan/apply/plan.ts'
import type { SyncPlan } from '../../plan/contract/sync-plan.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Git } from '../../ports/git.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import type { KindRules } from '../attempt/kind-rules.ts'
import { checkInventoryOptions, type InventoryOptions } from '../attempt/record/inventory-options.ts'
import type { SyncRuns } from './sync-runs.ts'

/**
 * Options of {@link SyncRunner}. It disposes of none of them.
 *
 * @category Sync
 */
export interface SyncRunnerOptions extends KindRules, InventoryOptions {
  /** The cluster to apply to. */
  readonly cluster: ClusterApi
  /** Where the sources are. Not needed when all objects are made in code. */
  readonly git?: Git | undefined
  /**
   * Where the Sync objects are kept; their statuses hold the inventories. Without it, each inventory is kept in a
   * ConfigMap `sync-<name>` in the Sync's namespace of the cluster itself.
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
 * Options of {@link SyncRunner.plan}.
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
  readonly peers?: readonly Sync[] | undefined
}

/**
 * Options of {@link SyncRunner.run}.
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

/**
 * Applies a Sync once, for scripts: what the Sync controller does at each interval.
 *
 * @example
 * ```ts
 * import { formatPlan, outcomeOf, Sync, SyncRunner } from 'fleetkit'
 * import { gitRepositories } from 'fleetkit/git'
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 *
 * await using cluster = await kubernetesCluster({ context: 'staging' })
 * await using git = gitRepositories()
 * const runner = new SyncRunner({ cluster, git })
 * const sync = Sync.parse('…')
 * const plan = await runner.plan(sync)
 * console.log(formatPlan(plan))
 * if (outcomeOf(plan) === 'changes') await runner.apply(plan, { signal: AbortSignal.timeout(120_000) })
 * console.log((await runner.status(sync)).lastAppliedRevision)
 * ```
 *
 * @category Sync
 */
export class SyncRunner {
  /** What happens, as it happens. */
  readonly events: EventBus
  readonly #runs: () => Promise<SyncRuns>

  constructor(options: SyncRunnerOptions) {
    checkInventoryOptions(options)
    const events = new EventBus({ clock: options.clock ?? systemClock, logger: options.logger ?? silentLogger })
    this.events = events
    this.#runs = loadOnce(async () => new (await import('./sync-runs.ts')).SyncRuns(options, events))
  }

  /**
   * What `run` would do, each action with its reason. It comes from dry runs in the cluster, so it is exact but for what
   * depends on objects that the plan itself would create. Nothing is written. The plan is plain data without secrets: it can be
   * stored as JSON, read back with `parsePlan` of `fleetkit/plan`, and handed to `apply`.
   *
   * @throws FleetkitError of the git, source, render and cluster codes.
   */
  async plan(sync: Sync | ObjectsSync, options: PlanOptions = {}): Promise<SyncPlan> {
    return (await this.#runs()).plan(sync, options)
  }

  /**
   * Applies the source of the Sync, and returns its status as recorded. When the cluster agrees with the source already,
   * none of its objects is written. With a `plan` it does as {@link SyncRunner.apply}.
   *
   * @throws FleetkitError what went wrong, after it has been recorded in the status: the git, source, render, cluster and
   * sync codes; `sync/suspended`; `sync/handbrake`; `sync/revision`; `store/conflict` when another writer works on the same Sync; `aborted`.
   */
  async run(sync: Sync | ObjectsSync, options: RunOptions = {}): Promise<SyncStatus> {
    return (await this.#runs()).run(sync, options)
  }

  /**
   * Carries out a plan that was reviewed: exactly its commit and its actions, or nothing. It is planned again, and compared.
   *
   * @throws FleetkitError `sync/plan-changed` with each difference, and nothing has been written, not even the status;
   * `plan/invalid`; `plan/edited` when it is not what was planned, or has not the digest that is expected; what `run` throws.
   */
  async apply(plan: SyncPlan, options: Omit<RunOptions, 'plan' | 'partial' | 'revision' | 'confirmPrune'> = {}): Promise<SyncStatus> {
    return (await this.#runs()).apply(plan, options)
  }

  /** The recorded status of a Sync; `{}` when it was never run. `lastGood` tells its last good revision. */
  async status(sync: Sync | ObjectsSync, options: CallOptions = {}): Promise<SyncStatus> {
    return (await this.#runs()).status(sync, options)
  }

  /**
   * Deletes what the Sync has applied, as its deletion policy says, and then its recorded status.
   *
   * @throws FleetkitError `sync/partial` when objects could not be deleted; the status stays then.
   */
  async remove(sync: Sync | ObjectsSync, options: CallOptions = {}): Promise<void> {
    await (await this.#runs()).remove(sync, options)
  }
}
