import type { DriverInput } from '../../model/kinds/assemblage/driver-input.ts'
import type { AssembledSyncStatus } from '../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf } from '../../model/reference.ts'
import { isMarked } from './marked-object.ts'

/** What a driver decides by, by names. */
export interface IndexedInput {
  /** What was found, by `refKey`. */
  readonly objects: ReadonlyMap<string, KubeObject>
  /** What is remembered of syncs, by their names. */
  readonly known: ReadonlyMap<string, AssembledSyncStatus>
  /** The names of the objects of the Assemblage that depend on another of their kind, by `Kind/name` of that. */
  readonly dependants: ReadonlyMap<string, readonly string[]>
}

const indexed = new WeakMap<DriverInput, IndexedInput>()

/** An input by names: made once for each, since an Assemblage may have a thousand syncs. */
export function indexInput(input: DriverInput): IndexedInput {
  const index = indexed.get(input) ?? {
    objects: new Map(input.found.objects.map((object) => [refKey(refOf(object)), object])),
    known: new Map(input.known.map((sync) => [sync.name, sync])),
    dependants: dependantsIn(input),
  }
  indexed.set(input, index)
  return index
}

/** What was found of an object that is wanted, whatever it is of. */
export function foundOf(wanted: KubeObject, input: DriverInput): KubeObject | undefined {
  return indexInput(input).objects.get(refKey(refOf(wanted)))
}

/** By the edges that were written last. */
function dependantsIn({ assemblage, found }: DriverInput): ReadonlyMap<string, readonly string[]> {
  const dependants = new Map<string, string[]>()
  for (const object of found.objects) {
    if (!isMarked(object, assemblage)) continue
    for (const name of dependencyNames(object)) {
      const key = `${object.kind}/${name}`
      const names = dependants.get(key) ?? []
      names.push(object.metadata.name)
      dependants.set(key, names)
    }
  }
  return dependants
}

function dependencyNames({ spec }: KubeObject): ReadonlySet<unknown> {
  const { dependsOn } = (spec ?? {}) as { readonly dependsOn?: unknown }
  return new Set(Array.isArray(dependsOn) ? dependsOn.map((dependency) => (dependency as { readonly name?: unknown } | null)?.name) : [])
}
