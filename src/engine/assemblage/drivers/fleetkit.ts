import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { diffObjects } from '../../../plan/assemblage/diff-objects.ts'
import { syncObject, syncOutcome, syncRemovals } from '../../../plan/assemblage/fleetkit.ts'
import { judgeObject } from '../../../plan/assemblage/judge-object.ts'
import { judgeRemoved } from '../../../plan/assemblage/judge-removed.ts'
import type { Driver } from '../../../ports/driver.ts'
import { listObjects, writeObject } from './store-objects.ts'

const types = [{ apiVersion: fleetkitApiVersion, kind: 'Sync' }] as const

/**
 * The driver `fleetkit`: each sync is a `Sync` in the namespace of the Assemblage, which `syncController` applies.
 *
 * @category Assemblage
 */
export function fleetkitDriver(): Driver {
  return {
    name: 'fleetkit',
    types,
    check: () => [],
    async observe(assemblage, options, known) {
      return { objects: known ?? (await listObjects(assemblage, types, options)), left: [] }
    },
    diff: (input) => [
      ...diffObjects(
        input.syncs.map((sync) => syncObject(sync, input.assemblage)),
        input,
      ),
      ...syncRemovals(input),
    ],
    apply: writeObject,
    judge(input) {
      const { assemblage, syncs } = input
      return [
        ...syncs.map((sync) =>
          judgeObject(sync, syncObject(sync, assemblage), input, (object, wasReady) => syncOutcome(sync, object, wasReady)),
        ),
        ...judgeRemoved(input),
      ]
    },
  }
}
