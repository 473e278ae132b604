import type { DriverInput } from '../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../model/object.ts'
import { indexInput } from './index-input.ts'
import { isMarked, syncOf } from './marked-object.ts'

/** The objects of syncs that are to go. */
export function removedObjects({ assemblage, syncs, found }: DriverInput): readonly KubeObject[] {
  const names = new Set(syncs.map(({ name }) => name))
  return found.objects.filter((object) => {
    const sync = syncOf(object)
    return sync !== undefined && isMarked(object, assemblage) && !names.has(sync)
  })
}

/** What still depends on an object, by name: it is deleted after that. */
export function dependantsOf({ kind, metadata }: KubeObject, input: DriverInput): readonly string[] {
  return indexInput(input).dependants.get(`${kind}/${metadata.name}`) ?? []
}
