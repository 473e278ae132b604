import type { DriverInput } from '../../../model/kinds/assemblage/driver-input.ts'
import { assembledName } from '../../../model/kinds/assemblage/marks.ts'
import type { KubeObject } from '../../../model/object.ts'
import { gitRepository, kustomization, kustomizationType } from './objects.ts'

/** The objects that syncs are made of. */
export interface WantedObjects {
  /** One for each commit of a repository, in the order of the first sync of each. */
  readonly sources: readonly KubeObject[]
  /** One for each sync, in their order. */
  readonly kustomizations: readonly KubeObject[]
}

/** The objects that the syncs are made of, by what is there of them. */
export function wantedObjects({ assemblage, syncs, found }: DriverInput): WantedObjects {
  const sources = syncs.map(({ source }) => gitRepository(source.git, assemblage))
  const there = new Map(found.objects.filter(({ kind }) => kind === kustomizationType.kind).map((object) => [object.metadata.name, object]))
  return {
    sources: [...new Map(sources.map((source) => [source.metadata.name, source])).values()],
    kustomizations: syncs.map((sync) => kustomization(sync, assemblage, there.get(assembledName(assemblage.name, sync.name)))),
  }
}
