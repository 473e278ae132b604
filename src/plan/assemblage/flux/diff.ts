import type { DriverChange, DriverInput } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { diffObjects } from '../diff-objects.ts'
import { isMarked } from '../marked-object.ts'
import { removedObjects } from '../removed-objects.ts'
import { judgeSyncs } from './judge.ts'
import { gitRepositoryType, kustomizationType, sourcesOf } from './objects.ts'
import { releases, removals } from './removal.ts'
import { requests } from './request.ts'
import { wantedObjects } from './wanted.ts'

/** What has to be written: sources before what uses them, what others depend on before those, and at last what has to go. */
export function diffFlux(input: DriverInput): readonly DriverChange[] {
  const { sources, kustomizations } = wantedObjects(input)
  const written = [...releases(input), ...diffObjects([...sources, ...kustomizations], input), ...requests(kustomizations, input)]
  const unused = unusedSources(sources, input)
  if (unused.length === 0 && removedObjects(input).length === 0) return written
  const verdicts = judgeSyncs(input)
  const isReady = verdicts.every(({ state }) => state === 'Ready')
  return [...written, ...removals(input, verdicts), ...(isReady ? unused : [])]
}

/** The sources to delete once all syncs are ready: those that no sync needs, nor uses, nor used before. */
function unusedSources(wanted: readonly KubeObject[], { assemblage, found }: DriverInput): readonly DriverChange[] {
  const ours = found.objects.filter((object) => isMarked(object, assemblage))
  const used = new Set([
    ...wanted.map(({ metadata }) => metadata.name),
    ...ours.filter(({ kind }) => kind === kustomizationType.kind).flatMap(sourcesOf),
  ])
  return ours.flatMap((object) => {
    const { kind, metadata } = object
    if (kind !== gitRepositoryType.kind || metadata.deletionTimestamp !== undefined || used.has(metadata.name)) return []
    return [{ action: 'delete', object, reason: 'removed', edits: [] } as const]
  })
}
