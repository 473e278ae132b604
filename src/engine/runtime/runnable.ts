import type { RunContext } from './context.ts'

/**
 * Work that a manager runs beside its controllers: a server, a timer, a queue of its own.
 *
 * It starts with the manager. When the manager stops, its signal aborts and it is waited for within the grace period.
 * A runnable may end early. One that throws before it is stopped stops the manager, and {@link Manager.run} rejects
 * with its error.
 *
 * @example
 * ```ts
 * import { Manager, type Runnable, syncController } from 'fleetkit'
 * import { memoryCluster, memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * const report: Runnable = {
 *   name: 'report',
 *   async run({ cache, clock, logger, signal }) {
 *     while (!signal.aborted) {
 *       logger.info('syncs', { count: cache.list('Sync').length })
 *       await clock.sleep(60_000, { signal })
 *     }
 *   },
 * }
 *
 * await using manager = new Manager({ store: memoryStore(), cluster: memoryCluster(), git: memoryGit() })
 * manager.add(syncController(), report)
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category Manager
 */
export interface Runnable {
  /** For logs and events. Unique among the runnables of a manager. */
  readonly name: string
  /**
   * Whether it runs only while the manager holds the lease. `true` by default, as in controller-runtime; `false` for
   * what every replica does, e.g. serving metrics.
   */
  readonly needsLeaderElection?: boolean | undefined
  /** Does the work, until it is done or `signal` aborts. The cache may still be filling when it is called. */
  run(context: RunContext): Promise<void>
}
