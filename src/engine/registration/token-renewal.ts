import { loadOnce } from '../../async/load-once.ts'
import { parseDuration } from '../../model/duration.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { type Controller, controller } from '../runtime/controller.ts'
import { leastLifetimeMs } from './controller.ts'

/**
 * Options of {@link tokenRenewalController}.
 *
 * @category ClusterRegistration
 */
export interface TokenRenewalOptions {
  /** For how long a token is asked for: `24h` when absent, at least ten minutes. */
  readonly tokenLifetime?: string | undefined
}

/**
 * Renews the token that a cluster has for its management: the one in the Secret that `register` has written, of each PullSync. It is renewed when the agent starts, and then at half
 * its life, which is that of the server, whatever the clock of this cluster says. Other Secrets are left alone.
 *
 * @throws FleetkitError `model/invalid` for a lifetime that is none
 *
 * @example
 * ```ts
 * import { Manager, pullSyncController, syncController } from 'fleetkit'
 * import { gitRepositories } from 'fleetkit/git'
 * import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
 * import { tokenRenewalController } from 'fleetkit/registration'
 *
 * await using cluster = await kubernetesCluster({ inCluster: true })
 * await using manager = new Manager({ store: cluster, cluster, git: gitRepositories(), connect: kubeconfigSecrets() })
 * manager.add(syncController(), pullSyncController(), tokenRenewalController())
 * await manager.run()
 * ```
 *
 * @category ClusterRegistration
 */
export function tokenRenewalController({ tokenLifetime = '24h' }: TokenRenewalOptions = {}): Controller {
  const lifetimeMs = parseDuration(tokenLifetime)
  if (lifetimeMs === undefined || lifetimeMs < leastLifetimeMs)
    throw invalid(undefined, [{ path: 'tokenLifetime', found: describeValue(tokenLifetime), accepted: 'a duration of 10m or longer' }])
  const renewal = loadOnce(async () => new (await import('./renew.ts')).TokenRenewal(lifetimeMs))
  return controller({
    name: 'token-renewal',
    for: { apiVersion: fleetkitApiVersion, kind: 'PullSync' },
    // Its status is written each minute.
    predicate: ({ type }) => type !== 'MODIFIED',
    reconcile: async (request, context) => (await renewal()).reconcile(request, context),
  })
}
