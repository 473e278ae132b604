import { loadOnce } from '../../async/load-once.ts'
import { assemblageLabel } from '../../model/kinds/assemblage/marks.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { mirrorWriteAnnotation } from '../../model/mirror/annotations.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Driver } from '../../ports/driver.ts'
import { type Controller, controller, generationChanged } from '../runtime/controller.ts'

/**
 * Options of {@link assemblageController}.
 *
 * @category Assemblage
 */
export interface AssemblageControllerOptions {
  /** What `spec.driver` can name: `fleetkitDriver()` by default. The types of all of them have to be in the store. */
  readonly drivers?: readonly Driver[] | undefined
  /** How many Assemblages are reconciled at the same time: 4 by default. */
  readonly concurrency?: number | undefined
}

/** The types of the driver that is there by default, which is loaded with the first reconcile. */
const defaultTypes = [{ apiVersion: fleetkitApiVersion, kind: 'Sync' }]

/**
 * The controller of `Assemblage`: makes its syncs out of the objects of a driver, in the namespace of the Assemblage, and shows how each is.
 *
 * @example
 * ```ts
 * import { assemblageController, Manager } from 'fleetkit'
 * import { fleetkitDriver } from 'fleetkit/drivers'
 * import { memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore() })
 * manager.add(assemblageController({ drivers: [fleetkitDriver()] }))
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category Assemblage
 */
export function assemblageController({ drivers, concurrency }: AssemblageControllerOptions = {}): Controller {
  const reconciler = loadOnce(async () => {
    const { AssemblageReconciler } = await import('./reconciler.ts')
    return new AssemblageReconciler(drivers ?? [(await import('./drivers/fleetkit.ts')).fleetkitDriver()])
  })
  const types = drivers?.flatMap((driver) => driver.types) ?? defaultTypes
  return controller({
    // By its type alone: an invalid one has a status too.
    for: { apiVersion: fleetkitApiVersion, kind: 'Assemblage' },
    concurrency,
    predicate: (change) => generationChanged(change) || writeOf(change.object) !== (change.previous && writeOf(change.previous)),
    watches: types.map((type) => ({ type, map: assemblageOf })),
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  })
}

/** The Assemblage that an object says it is of. */
function assemblageOf({ metadata: { namespace, labels } }: KubeObject): readonly ObjectRef[] {
  const name = labels?.[assemblageLabel]
  return name === undefined ? [] : [{ apiVersion: fleetkitApiVersion, kind: 'Assemblage', namespace, name }]
}

function writeOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[mirrorWriteAnnotation]
}
