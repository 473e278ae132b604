import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { diffObjects } from '../../../plan/assemblage/diff-objects.ts'
import { syncObject, syncOutcome } from '../../../plan/assemblage/fleetkit.ts'
import { judgeObject } from '../../../plan/assemblage/judge-object.ts'
import { judgeRemoved } from '../../../plan/assemblage/judge-removed.ts'
import { syncOf } from '../../../plan/assemblage/marked-object.ts'
import { dependantsOf, removedObjects } from '../../../plan/assemblage/removed-objects.ts'
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
    diff(input) {
      const { assemblage, syncs } = input
      const removed = removedObjects(input).filter(
        (object) => object.metadata.deletionTimestamp === undefined && dependantsOf(object, input).length === 0,
      )
      return [
        ...diffObjects(
          syncs.map((sync) => syncObject(sync, assemblage)),
          input,
        ),
        ...removed.map((object) => ({ action: 'delete', object, sync: syncOf(object), reason: 'removed', edits: [] }) as const),
      ]
    },
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
