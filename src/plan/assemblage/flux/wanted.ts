import type { DriverInput } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { gitRepository, kustomization } from './objects.ts'

/** The objects that syncs are made of. */
export interface WantedObjects {
  /** One for each commit of a repository, in the order of the first sync of each. */
  readonly sources: readonly KubeObject[]
  /** One for each sync, in their order. */
  readonly kustomizations: readonly KubeObject[]
}

const made = new WeakMap<DriverInput, WantedObjects>()

/** The objects that the syncs are made of, by what is there of them: made once for each input, which is decided and judged by. */
export function wantedObjects(input: DriverInput): WantedObjects {
  const wanted = made.get(input) ?? makeObjects(input)
  made.set(input, wanted)
  return wanted
}

function makeObjects(input: DriverInput): WantedObjects {
  const { assemblage, syncs } = input
  const sources = syncs.map(({ source }) => gitRepository(source.git, assemblage))
  return {
    sources: [...new Map(sources.map((source) => [source.metadata.name, source])).values()],
    kustomizations: syncs.map((sync, index) => kustomization(sync, sources[index] as KubeObject, input)),
  }
}
