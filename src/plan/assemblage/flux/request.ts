import type { DriverChange, DriverInput } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { isSameVersion, objectEdits } from '../diff-objects.ts'
import { foundOf } from '../index-input.ts'
import { isMarked, syncOf } from '../marked-object.ts'
import { gitRepository } from './objects.ts'
import { currentCondition, fluxStatus, hasApplied, isRevisionOf } from './status.ts'

/** By it Flux is asked to look at an object again: a time. */
const requestAnnotation = 'reconcile.fluxcd.io/requestedAt'

/** How long a request has to take effect, in milliseconds. */
const patienceMs = 10_000

/**
 * Asks Flux to look again at Kustomizations that are as they are to be, and whose status is not. Flux writes only those fields of a status that it has changed by its own cache: with a
 * version that comes back while another is being applied, the revisions stay those of the other one, until the next look, which may be an hour away.
 *
 * @param wanted - the Kustomizations of the syncs, in their order
 */
export function requests(wanted: readonly KubeObject[], input: DriverInput): readonly DriverChange[] {
  const { syncs, known, now } = input
  return wanted.flatMap((object, index) => {
    const live = foundOf(object, input)
    const git = syncs[index]?.source.git
    if (live === undefined || git === undefined || !isOutdated(live, git.commit) || !isAsWritten(object, live, input)) return []
    const source = gitRepository(git, input.assemblage)
    if (!hasArtifact(source, git.commit, input)) return []
    const { uid, annotations = {} } = live.metadata
    const last = Date.parse(annotations[requestAnnotation] ?? '')
    // A request from before this version does not count.
    const since = Date.parse(known.find((sync) => sync.uid === uid)?.since ?? '')
    if (last >= since && now - last < patienceMs) return []
    const requested = { ...annotations, [requestAnnotation]: new Date(now).toISOString() }
    const metadata = { ...live.metadata, annotations: requested }
    return [{ action: 'update', object: { ...live, metadata }, sync: syncOf(live), reason: 'changed', edits: [] } as const]
  })
}

/** Whether what is there is ours, and needs no other write. */
function isAsWritten(wanted: KubeObject, live: KubeObject, { assemblage, known }: DriverInput): boolean {
  const { deletionTimestamp, uid } = live.metadata
  if (deletionTimestamp !== undefined || !isMarked(live, assemblage) || !known.some((sync) => sync.uid === uid)) return false
  return isSameVersion(wanted, live) && objectEdits(wanted, live).length === 0
}

/** Whether Flux is done with this generation, and has left revisions that are not of it. */
function isOutdated(live: KubeObject, commit: string): boolean {
  const isDone = currentCondition(live, 'Ready')?.status === 'True' && fluxStatus(live).observedGeneration === live.metadata.generation
  return isDone && !hasApplied(live, commit)
}

function hasArtifact(wanted: KubeObject, commit: string, input: DriverInput): boolean {
  const source = foundOf(wanted, input)
  return source !== undefined && objectEdits(wanted, source).length === 0 && isRevisionOf(commit, fluxStatus(source).artifact?.revision)
}
