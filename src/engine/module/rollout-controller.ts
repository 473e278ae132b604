import { loadOnce } from '../../async/load-once.ts'
import type { Explanation } from '../../plan/fleet/planner/plan.ts'
import type { Runnable } from '../runtime/runnable.ts'
import type { FleetsRun } from './fleets-run.ts'
import type { ModuleOnCluster, RolloutControllerOptions } from './rollout-options.ts'

const loadRun = loadOnce(() => import('./fleets-run.ts'))

/**
 * A runnable that rolls Modules out.
 *
 * @category Module
 */
export interface RolloutController extends Runnable {
  /**
   * Why a cluster has what it has of a Module, by the newest plan; `undefined` while there is none, as in a manager that stands by. `model/invalid` when there is no
   * such cluster or Module.
   */
  explain(pair: ModuleOnCluster): Explanation | undefined
}

/**
 * Rolls Modules out over the Clusters of their namespace: plans the whole fleet by `planFleet`, writes what each cluster is assigned to the cluster's one
 * `RemoteAssemblage`, keeps the states of rollouts as `Rollout` and what happened as `RolloutLog`, and says in the status of each Module how far it has come. It
 * needs {@link moduleController} for the revisions, {@link remoteAssemblageController} for what becomes of them, and {@link clusterController}.
 *
 * @example
 * ```ts
 * import { clusterController, Manager, moduleController, remoteAssemblageController, rolloutController } from 'fleetkit'
 * import { memoryFleet, memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * const rollouts = rolloutController({ policy: () => ({ budgets: [{ id: 'fleet', limit: 10 }] }) })
 * await using manager = new Manager({ store: memoryStore(), git: memoryGit(), connect: memoryFleet().connect })
 * manager.add(clusterController(), remoteAssemblageController(), moduleController(), rollouts)
 * const running = manager.run({ signal: AbortSignal.timeout(1000) })
 * console.log(rollouts.explain({ namespace: 'fleet', cluster: 'eu-37', module: 'shop' })?.message)
 * await running
 * ```
 *
 * @category Module
 */
export function rolloutController(options: RolloutControllerOptions = {}): RolloutController {
  let running: FleetsRun | undefined
  return {
    name: 'rollouts',
    async run(context) {
      const { FleetsRun } = await loadRun()
      running = new FleetsRun(options, context)
      await running.run()
    },
    explain: (pair) => running?.explain(pair),
  }
}
