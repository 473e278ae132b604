import { loadOnce } from '../../async/load-once.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { EventBus } from '../../observe/event-bus.ts'
import type { SyncPlan } from '../../plan/contract/sync-plan.ts'
import { systemClock } from '../../ports/clock.ts'
import { silentLogger } from '../../ports/logger.ts'
import type { CallOptions } from '../../ports/store.ts'
import { checkInventoryOptions } from '../attempt/record/inventory-options.ts'
import type { AppliedInput, PlanOptions, RunOptions, SyncRunnerOptions } from './runner-options.ts'
import type { SyncRuns } from './sync-runs.ts'

/**
 * Applies a Sync once, for scripts: what the Sync controller does at each interval. A RemoteSync too, to any cluster that `connect` reaches, many at a time.
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
export class SyncRunner implements AsyncDisposable {
  /** What happens, as it happens. */
  readonly events: EventBus
  readonly #runs: () => Promise<SyncRuns>
  #isUsed = false

  constructor(options: SyncRunnerOptions) {
    checkInventoryOptions(options)
    const events = new EventBus({ clock: options.clock ?? systemClock, logger: options.logger ?? silentLogger })
    this.events = events
    this.#runs = loadOnce(async () => {
      this.#isUsed = true
      return new (await import('./sync-runs.ts')).SyncRuns(options, events)
    })
  }

  /**
   * What `run` would do, each action with its reason. It comes from dry runs in the cluster, so it is exact but for what
   * depends on objects that the plan itself would create. Nothing is written. The plan is plain data without secrets: it can be
   * stored as JSON, read back with `parsePlan` of `fleetkit/plan`, and handed to `apply`.
   *
   * @throws FleetkitError of the git, source, render and cluster codes.
   */
  async plan(sync: AppliedInput, options: PlanOptions = {}): Promise<SyncPlan> {
    return (await this.#runs()).plan(sync, options)
  }

  /**
   * Applies the source of the Sync, and returns its status as recorded. When the cluster agrees with the source already,
   * none of its objects is written. With a `plan` it does as {@link SyncRunner.apply}.
   *
   * @throws FleetkitError what went wrong, after it has been recorded in the status: the git, source, render, cluster and
   * sync codes; `sync/suspended`; `sync/handbrake`; `sync/revision`; `store/conflict` when another writer works on the same Sync; `aborted`.
   */
  async run(sync: AppliedInput, options: RunOptions = {}): Promise<SyncStatus> {
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
  async status(sync: AppliedInput, options: CallOptions = {}): Promise<SyncStatus> {
    return (await this.#runs()).status(sync, options)
  }

  /**
   * Deletes what the Sync has applied, as its deletion policy says, and then its recorded status.
   *
   * @throws FleetkitError `sync/partial` when objects could not be deleted; the status stays then.
   */
  async remove(sync: AppliedInput, options: CallOptions = {}): Promise<void> {
    await (await this.#runs()).remove(sync, options)
  }

  /** Closes the lines to other clusters that it has opened. What it was given stays open. */
  async close(): Promise<void> {
    if (this.#isUsed) await (await this.#runs())[Symbol.asyncDispose]()
  }

  /** The same as {@link SyncRunner.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
