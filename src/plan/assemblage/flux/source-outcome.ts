import { parseDuration } from '../../../model/duration.ts'
import type { DriverInput } from '../../../model/kinds/assemblage/driver-input.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRevision } from '../../../model/revision.ts'
import { objectEdits } from '../diff-objects.ts'
import { foundOf } from '../index-input.ts'
import type { Outcome } from '../judge-object.ts'
import { isMarked } from '../marked-object.ts'
import { currentCondition, fluxStatus, isRevisionOf } from './status.ts'

/**
 * How a sync is whose Kustomization finds nothing to apply in its source. Flux says the same of a source that is not there yet and of a path that will never be: the second is
 * known when Flux has had the commit for as long as it waits after a failure.
 *
 * @param said - what the Kustomization says
 * @param hadFailed - whether it said so before, and was found to have failed
 */
export function sourceOutcome(sync: AssembledSync, wanted: KubeObject, input: DriverInput, said: Outcome, hadFailed: boolean): Outcome {
  const source = foundOf(wanted, input)
  const fault = notAsWritten(wanted, source, input)
  if (source === undefined || fault !== undefined) return { ...said, state: 'Unassigned', ...fault }
  if (said.reason !== 'ArtifactFailed') return said
  for (const [type, state] of causes) {
    const condition = currentCondition(source, type)
    if (condition?.status === 'True')
      return { ...said, state, reason: condition.reason, message: `${nameOf(wanted)}: ${condition.message}` }
  }
  return hadFailed || isOverdue(sync, source, input) ? { ...said, state: 'Failed' } : said
}

/** What a source says of itself, the first that is so. */
const causes = [
  ['Stalled', 'Stalled'],
  ['FetchFailed', 'Failed'],
] as const

/** Why nothing that a source says is of what was written. */
function notAsWritten(
  wanted: KubeObject,
  source: KubeObject | undefined,
  { assemblage }: DriverInput,
): Pick<Outcome, 'reason' | 'message'> | undefined {
  const name = nameOf(wanted)
  if (source === undefined) return { reason: 'SourceNotFound', message: `there is no ${name}` }
  if (!isMarked(source, assemblage)) return { reason: 'NotOurs', message: `there is a ${name} already, which is not of this Assemblage` }
  const { deletionTimestamp } = source.metadata
  if (deletionTimestamp !== undefined) return { reason: 'Terminating', message: `${name} is being deleted, since ${deletionTimestamp}` }
  const edits = objectEdits(wanted, source)
  return edits.length === 0 ? undefined : { reason: 'Edited', message: `others have edited ${name}: ${edits.join(', ')}` }
}

/** Whether Flux has had the commit for as long as it waits after a failure, and the sync was in progress meanwhile. */
function isOverdue(sync: AssembledSync, source: KubeObject, { known, now }: DriverInput): boolean {
  const { commit } = sync.source.git
  const { artifact } = fluxStatus(source)
  const before = known.find(({ name }) => name === sync.name)
  if (before?.revision !== formatRevision({ commit }) || !isRevisionOf(commit, artifact?.revision)) return false
  const since = Math.max(Date.parse(before.since), Date.parse(artifact?.lastUpdateTime ?? ''))
  return before.state === 'Progressing' && now - since >= (parseDuration(sync.retryInterval ?? sync.interval) as number)
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`
}
