import { formatOwner } from '../../model/kinds/owner.ts'
import type { MirroredCopy } from '../../model/kinds/proxy-sync/types.generated.ts'
import {
  confirmOlderAnnotation,
  mirrorDeletionAnnotation,
  mirrorManagementLabel,
  mirrorOwnerAnnotation,
  mirrorWriteAnnotation,
} from '../../model/mirror/annotations.ts'
import type { KubeObject } from '../../model/object.ts'
import { editsOf } from '../fields/edits.ts'
import { numberIn, writeOf, writtenGeneration } from './mirrored-object.ts'

/** What is kept elsewhere, and what was found there. */
export interface MirrorInput {
  /** The object whose copy it is. */
  readonly source: Pick<KubeObject, 'metadata'>
  /** The copy as it is to be. */
  readonly wanted: KubeObject
  /** The copy as it is; `undefined` when there is none. */
  readonly copy: KubeObject | undefined
  /** Who keeps it, as `ownerName` names it. */
  readonly owner: string
  /** As whom it is written. */
  readonly manager: string
  /** What is remembered of it; `undefined` when it was never written. */
  readonly remembered: Pick<MirroredCopy, 'uid' | 'write' | 'restoredAt'> | undefined
  /** When the cluster was restored from a backup. */
  readonly restoredAt: string | undefined
  /** What is done about edits, and about a copy that was there already. */
  readonly policy: { readonly edits: 'Correct' | 'Report'; readonly adopt: boolean }
}

/** Why a copy is written. */
export type MirrorReason = 'absent' | 'lost' | 'adopted' | 'replaced' | 'restored' | 'changed' | 'edited'

/** What is to be done about a copy. */
export type MirrorDecision =
  | { readonly action: 'none'; readonly write: string }
  | {
      readonly action: 'write'
      readonly reason: MirrorReason
      readonly write: string
      /** The number in `write`, which is remembered before anything is written. */
      readonly number: number
      /** The fields that another manager has edited. */
      readonly edits: readonly string[]
    }
  | {
      readonly action: 'refuse'
      /** For programs, as the reason of a condition. */
      readonly reason: 'CopyLost' | 'CopyTerminating' | 'NotOurs' | 'OwnedByAnother' | 'SourceIsOlder' | 'EditedDownstream'
      /** For people. */
      readonly message: string
    }

/**
 * Decides what is to be done about the copy of an object in another store. A number in what names the write is raised whenever the copy was not as it had been left
 * (deleted, made again, restored from a backup, edited): what it has reported until then says nothing any more.
 */
export function planMirror(input: MirrorInput): MirrorDecision {
  const { copy, owner, remembered, restoredAt, policy } = input
  if (copy === undefined) {
    if (remembered?.uid === undefined) return toWrite(input, 'absent', remembered?.restoredAt !== restoredAt)
    if (policy.edits === 'Report') return refusal('CopyLost', 'it was deleted in its cluster')
    return toWrite(input, 'lost', true)
  }
  const { uid, deletionTimestamp, annotations = {} } = copy.metadata
  const found = annotations[mirrorOwnerAnnotation]
  const isBound = remembered?.uid === uid
  if (found === undefined && !isBound && !policy.adopt)
    return refusal('NotOurs', `there is already a ${copy.kind} of that name, which no management keeps; spec.adopt takes it over`)
  if (found !== undefined && found !== owner)
    return refusal('OwnedByAnother', `the ${copy.kind} of that name is kept by ${formatOwner(found)}; it has to be deleted there first`)
  if (deletionTimestamp !== undefined) return refusal('CopyTerminating', `it is being deleted in its cluster, since ${deletionTimestamp}`)
  if (found === undefined && !isBound) return toWrite(input, 'adopted', true)
  const older = olderThan(input.source, copy)
  if (older !== undefined) return refusal('SourceIsOlder', older)
  if (remembered?.uid !== undefined && !isBound) return toWrite(input, 'replaced', true)
  // Where nothing is remembered of it, as by a management from a backup, it is not known what it is that has reported.
  if (remembered?.uid === undefined || remembered.restoredAt !== restoredAt) return toWrite(input, 'restored', true)
  const write = writeOf(input.source, input.wanted, remembered.write)
  if (annotations[mirrorWriteAnnotation] !== write) return toWrite(input, 'changed', false)
  const edits = [...marksLost(input.wanted, copy), ...editsOf(input.wanted, copy, [input.manager])]
  if (edits.length === 0) return { action: 'none', write }
  if (policy.edits === 'Correct') return toWrite(input, 'edited', true, edits)
  return refusal('EditedDownstream', `another manager has edited it in its cluster: ${edits.join(', ')}`)
}

/** Why a copy is not replaced by what may be an older version of its source, as from a backup of the management; `undefined` when it is not older, or that is confirmed. */
function olderThan(source: MirrorInput['source'], copy: KubeObject): string | undefined {
  const { generation = 0, annotations } = source.metadata
  const written = writtenGeneration(source, copy)
  if (written === undefined || written <= generation || annotations?.[confirmOlderAnnotation] === String(written)) return undefined
  return `its ${copy.kind} is of generation ${written} of it, and it is at ${generation}, as after a restore from a backup: bring it up to date, or annotate it with ${confirmOlderAnnotation}=${written} if it is to replace that ${copy.kind}`
}

/** By what a copy is found, and is known to be one. */
function marksLost(wanted: KubeObject, copy: KubeObject): readonly string[] {
  const lost = (field: 'labels' | 'annotations', name: string): boolean => wanted.metadata[field]?.[name] !== copy.metadata[field]?.[name]
  return [
    ...(lost('labels', mirrorManagementLabel) ? [`metadata.labels.${mirrorManagementLabel}`] : []),
    ...[mirrorOwnerAnnotation, mirrorDeletionAnnotation]
      .filter((name) => lost('annotations', name))
      .map((name) => `metadata.annotations.${name}`),
  ]
}

function toWrite(
  { source, wanted, copy, remembered }: MirrorInput,
  reason: MirrorReason,
  anew: boolean,
  edits: readonly string[] = [],
): MirrorDecision {
  // A management from a backup remembers a lower one than it has written, and a copy that was let go of still reports on its own.
  const { observed } = (copy?.status ?? {}) as { readonly observed?: unknown }
  const written = Math.max(
    numberIn(copy?.metadata.annotations?.[mirrorWriteAnnotation]),
    numberIn(typeof observed === 'string' ? observed : undefined),
  )
  const number = anew ? Math.max(remembered?.write ?? 0, written) + 1 : (remembered?.write ?? 1)
  return { action: 'write', reason, write: writeOf(source, wanted, number), number, edits }
}

function refusal(reason: Extract<MirrorDecision, { action: 'refuse' }>['reason'], message: string): MirrorDecision {
  return { action: 'refuse', reason, message }
}
