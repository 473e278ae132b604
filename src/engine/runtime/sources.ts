import type { TypeRef } from '../../model/reference.ts'
import type { Informer } from './cache/informer.ts'
import type { Controller } from './controller.ts'

/** What controllers see, and by what. */
export interface Sight {
  readonly informerOf: (type: TypeRef) => Informer
  /** Whether a controller sees a type whatever others do. */
  readonly sees: (type: TypeRef) => boolean
}

/** What a controller watches: an optional type only when it is seen anyway. */
export function watchesOf({ watches }: Controller, { sees }: Sight): Controller['watches'] {
  return watches.filter(({ type, optional = false }) => !optional || sees(type))
}

/** The informers of all that a controller sees, with its indexes. */
export function sourcesOf(controller: Controller, sight: Sight): readonly Informer[] {
  const { for: type, owns, indexes } = controller
  const sources = [type, ...owns, ...watchesOf(controller, sight).map((source) => source.type)].map(sight.informerOf)
  for (const index of indexes) sight.informerOf(index.type).addIndex(index.name, index.values)
  return sources
}
