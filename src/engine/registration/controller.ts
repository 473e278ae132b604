import { loadOnce } from '../../async/load-once.ts'
import { parseDuration } from '../../model/duration.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refOf } from '../../model/reference.ts'
import type { RbacSubject } from '../../plan/registration/made-objects.ts'
import { registeredUidOf } from '../../plan/registration/registered-uid.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import type { CacheReader } from '../runtime/context.ts'
import { type Controller, controller } from '../runtime/controller.ts'
import { defaultNamespace, registrationType } from './registration-type.ts'

/**
 * Options of {@link registrationController}.
 *
 * @category ClusterRegistration
 */
export interface RegistrationControllerOptions {
  /** Who sends registrations: they may read theirs, by its name, once it is decided on. */
  readonly registrants: RbacSubject
  /** Where registrations are looked at: `fleetkit-registrations` when absent. Those of other namespaces are refused. */
  readonly namespace?: string | undefined
  /** How long the first token lasts, e.g. `24h`, which is the default; at least ten minutes. */
  readonly tokenLifetime?: string | undefined
}

/** The shortest life of a token that an API server gives. */
export const leastLifetimeMs = 600_000

/**
 * The controller of `ClusterRegistration`, in the management: makes the Cluster of one that was approved, with what its agent may do, and issues its first token,
 * which only who has sent the registration can decrypt. The store of its manager is a cluster that gives tokens.
 *
 * @throws FleetkitError `model/invalid` for a lifetime that is none
 *
 * @example
 * ```ts
 * import { clusterController, Manager } from 'fleetkit'
 * import { memoryCluster } from 'fleetkit/memory'
 * import { registrationController } from 'fleetkit/registration'
 *
 * await using manager = new Manager({ store: memoryCluster() })
 * const registrants = { kind: 'ServiceAccount', namespace: 'fleetkit-registrations', name: 'registrant' } as const
 * manager.add(clusterController(), registrationController({ registrants }))
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category ClusterRegistration
 */
export function registrationController({
  registrants,
  namespace = defaultNamespace,
  tokenLifetime = '24h',
}: RegistrationControllerOptions): Controller {
  const lifetimeMs = parseDuration(tokenLifetime)
  if (lifetimeMs === undefined || lifetimeMs < leastLifetimeMs)
    throw invalid(undefined, [{ path: 'tokenLifetime', found: describeValue(tokenLifetime), accepted: 'a duration of 10m or longer' }])
  const options = { registrants, namespace, lifetimeMs }
  const reconcile = loadOnce(async () => (await import('./reconcile.ts')).reconcileRegistration)
  return controller({
    // By its type alone: an invalid one has a status too.
    for: registrationType,
    // Two for the same cluster are not approved at the same time.
    concurrency: 1,
    watches: [{ type: 'Cluster', map: registrationsFor, predicate: isAnother }],
    reconcile: async (request, context) => (await reconcile())(request, context, options),
  })
}

/** Which Cluster there is counts, and not how it is. */
function isAnother({ type, object, previous }: Change): boolean {
  return type !== 'MODIFIED' || registeredUidOf(object) !== (previous && registeredUidOf(previous))
}

/** The registrations that a Cluster can be in the way of, or be made for: all of them, of which there are few. */
function registrationsFor(_: KubeObject, cache: CacheReader): readonly ObjectRef[] {
  return cache.list({ ...registrationType, apiVersion: fleetkitApiVersion }).map(refOf)
}
