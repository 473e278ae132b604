import type { DriverInput, SyncVerdict } from '../../model/kinds/assemblage/driver-input.ts'
import { formatRef } from '../../model/reference.ts'
import { indexInput } from './index-input.ts'
import { syncOf } from './marked-object.ts'
import { dependantsOf, removedObjects } from './removed-objects.ts'

/** How the syncs are that are being removed, each made of one object. */
export function judgeRemoved(input: DriverInput): readonly SyncVerdict[] {
  const { known } = indexInput(input)
  return removedObjects(input).map((object) => {
    const name = syncOf(object) as string
    const { revision, lastAppliedRevision, uid, generation } = known.get(name) ?? {}
    const verdict = { name, state: 'Progressing', revision, lastAppliedRevision, uid, generation } as const
    const dependants = dependantsOf(object, input)
    if (dependants.length > 0) return { ...verdict, reason: 'DependantsRemain', message: `it is deleted after ${dependants.join(', ')}` }
    const left = input.found.left.filter(({ sync }) => sync === name).map(({ ref }) => formatRef(ref))
    const message =
      left.length === 0 ? `${object.kind} ${object.metadata.name} is being deleted` : `waiting for the deletion of ${left.join(', ')}`
    return { ...verdict, reason: 'Terminating', message }
  })
}
