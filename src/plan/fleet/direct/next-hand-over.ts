import { formatTime } from '../../../model/condition.ts'
import { parseDuration } from '../../../model/duration.ts'
import type { HandOver } from '../../../model/kinds/bootstrap-module/types.generated.ts'
import type { HandOverRecord } from './hand-over-record.ts'
import type { SyncThere } from './sync-there.ts'

/** What decides whether a cluster has taken over what was applied there, and is ready. */
export interface HandOverInput {
  readonly policy: HandOver
  /** The generation of what the cluster is assigned. */
  readonly generation: number
  /** What was recorded last, of whichever assignment. */
  readonly record: HandOverRecord | undefined
  /** The Sync of the cluster. */
  readonly there: SyncThere
  readonly now: number
}

/** What is to be recorded, and when to look again although nothing was seen to change. */
export interface HandOverStep {
  readonly record: HandOverRecord
  readonly wakeAt?: number | undefined
}

/**
 * How far a cluster has taken over. It has once what it is assigned was applied, and its Sync, asked after that, answers that it is ready at the very same commit. It has no more once that Sync is gone, not
 * ready, or silent for too long.
 */
export function nextHandOver({ policy, generation, record: last, there, now }: HandOverInput): HandOverStep {
  const record = last?.generation === generation ? last : undefined
  if (record?.state === 'HandedOver') {
    const wakeAt = there.badSince === undefined ? there.silentAt : there.badSince + millis(policy.takeBackAfter)
    if (now < wakeAt) return { record, wakeAt }
    const message = there.badSince === undefined ? 'its Sync has not reported for too long' : there.message
    return { record: { generation, state: 'TakenBack', since: now, message } }
  }
  if (record?.requestedAt === undefined)
    return {
      record: {
        ...(record ?? { generation, state: 'HandingOver', since: now }),
        requestedAt: `${formatTime(now)} ${generation}`,
      },
    }
  if (there.answered === record.requestedAt && there.isReady) return { record: { generation, state: 'HandedOver', since: now } }
  if (record.state !== 'HandingOver') return { record }
  const wakeAt = record.since + millis(policy.timeout)
  if (now < wakeAt) return { record, wakeAt }
  return {
    record: { ...record, state: 'Overdue', since: now, message: `its Sync has not taken over within ${policy.timeout}: ${there.message}` },
  }
}

function millis(duration: string): number {
  return parseDuration(duration) as number
}
