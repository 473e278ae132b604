import { formatTime } from '../../../model/condition.ts'
import { isMap } from '../../../model/json/value.ts'
import type { KubeObject } from '../../../model/object.ts'
import { parseTime } from '../../../model/time.ts'
import { parsed } from './assignment.ts'

/**
 * Annotation of the RemoteSyncs that apply a BootstrapModule with `spec.handOver`: how far the cluster has taken over, as JSON.
 *
 * @category BootstrapModule
 */
export const handOverAnnotation = 'fleet.fleetkit.dev/hand-over'

/**
 * How far a cluster has taken over what it was assigned.
 *
 * - `HandingOver`: it is applied directly, and its Sync is asked for.
 * - `Overdue`: the same, for longer than it may take.
 * - `HandedOver`: its Sync keeps it, and nothing is applied directly any more.
 * - `TakenBack`: that Sync can no longer be relied on, so it is applied directly again.
 *
 * @category BootstrapModule
 */
export type HandOverState = 'HandingOver' | 'Overdue' | 'HandedOver' | 'TakenBack'

const states: readonly HandOverState[] = ['HandingOver', 'Overdue', 'HandedOver', 'TakenBack']

/** What is recorded of that. */
export interface HandOverRecord {
  /** The generation of the assignment that it is of. */
  readonly generation: number
  readonly state: HandOverState
  /** In milliseconds since the epoch. */
  readonly since: number
  /** What the Sync was asked with; it has to answer to that. */
  readonly requestedAt?: string | undefined
  readonly message?: string | undefined
}

/** What a RemoteSync records; `undefined` for nothing, and for what is no record. */
export function handOverRecordOf({ metadata }: Pick<KubeObject, 'metadata'>): HandOverRecord | undefined {
  const written = parsed(metadata.annotations?.[handOverAnnotation])
  if (!isMap(written)) return undefined
  const { generation, state, since, requestedAt, message } = written
  const time = typeof since === 'string' ? parseTime(since) : undefined
  const known = states.find((each) => each === state)
  if (!Number.isSafeInteger(generation) || known === undefined || time === undefined) return undefined
  return {
    generation: generation as number,
    state: known,
    since: time,
    ...(typeof requestedAt === 'string' && { requestedAt }),
    ...(typeof message === 'string' && { message }),
  }
}

/** As it is written into the annotation. */
export function writtenHandOver({ since, ...record }: HandOverRecord): string {
  return JSON.stringify({ ...record, since: formatTime(since) })
}
