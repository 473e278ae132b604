import type { DriverInput } from '../../model/kinds/assemblage/driver-input.ts'
import { assembledName } from '../../model/kinds/assemblage/marks.ts'
import type { KubeObject } from '../../model/object.ts'
import { indexInput } from './index-input.ts'
import { isMarked, syncOf } from './marked-object.ts'

/** The objects of syncs that are to go: by their names, which no one can edit. */
export function removedObjects({ assemblage, syncs, found }: DriverInput): readonly KubeObject[] {
  const names = new Set(syncs.map(({ name }) => assembledName(assemblage.name, name)))
  return found.objects.filter((object) => syncOf(object) !== undefined && isMarked(object, assemblage) && !names.has(object.metadata.name))
}

/** What still depends on an object, by name: it is deleted after that. */
export function dependantsOf({ kind, metadata }: KubeObject, input: DriverInput): readonly string[] {
  return indexInput(input).dependants.get(`${kind}/${metadata.name}`) ?? []
}
