import type { DriverChange, DriverInput } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { diffObjects } from '../diff-objects.ts'
import { isMarked } from '../marked-object.ts'
import { judgeFlux } from './judge.ts'
import { gitRepositoryType, kustomizationType, sourcesOf } from './objects.ts'
import { releases, removals } from './removal.ts'
import { wantedObjects } from './wanted.ts'

/** What has to be written: sources before what uses them, what others depend on before those, and at last what has to go. */
export function diffFlux(input: DriverInput): readonly DriverChange[] {
  const { sources, kustomizations } = wantedObjects(input)
  return [...releases(input), ...diffObjects([...sources, ...kustomizations], input), ...removals(input), ...unusedSources(sources, input)]
}

/** The sources to delete: those that no sync needs, nor uses, nor used before. While a sync is not ready all are kept. */
function unusedSources(wanted: readonly KubeObject[], input: DriverInput): readonly DriverChange[] {
  const { assemblage, found } = input
  const ours = found.objects.filter((object) => isMarked(object, assemblage))
  const used = new Set([
    ...wanted.map(({ metadata }) => metadata.name),
    ...ours.filter(({ kind }) => kind === kustomizationType.kind).flatMap(sourcesOf),
  ])
  const unused = ours.filter(
    ({ kind, metadata }) => kind === gitRepositoryType.kind && metadata.deletionTimestamp === undefined && !used.has(metadata.name),
  )
  if (unused.length === 0 || !isReady(input)) return []
  return unused.map((object) => ({ action: 'delete', object, reason: 'removed', edits: [] }))
}

function isReady(input: DriverInput): boolean {
  const names = new Set(input.syncs.map(({ name }) => name))
  return judgeFlux(input).every(({ name, state }) => state === 'Ready' || !names.has(name))
}
