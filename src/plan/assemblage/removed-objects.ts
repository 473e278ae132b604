import type { DriverInput } from '../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../model/object.ts'
import { isMarked, syncOf } from './marked-object.ts'

/** The objects of syncs that are to go. */
export function removedObjects({ assemblage, syncs, found }: DriverInput): readonly KubeObject[] {
  const names = new Set(syncs.map(({ name }) => name))
  return found.objects.filter((object) => {
    const sync = syncOf(object)
    return sync !== undefined && isMarked(object, assemblage) && !names.has(sync)
  })
}

/** Of objects that are to go those that others still depend on, by the edges that were written last: they go after those. */
export function dependantsOf(object: KubeObject, { assemblage, found }: DriverInput): readonly string[] {
  const { kind, metadata } = object
  return found.objects.flatMap((other) =>
    other.kind === kind && isMarked(other, assemblage) && dependencyNames(other).includes(metadata.name) ? [other.metadata.name] : [],
  )
}

function dependencyNames({ spec }: KubeObject): readonly unknown[] {
  const { dependsOn } = (spec ?? {}) as { readonly dependsOn?: unknown }
  return Array.isArray(dependsOn) ? dependsOn.map((dependency) => (dependency as { readonly name?: unknown } | null)?.name) : []
}
