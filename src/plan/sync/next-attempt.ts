import { getCondition } from '../../model/condition.ts'
import { parseDuration } from '../../model/duration.ts'
import type { SyncSpec, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { parseTime } from '../../model/time.ts'
import { unconfirmedReason } from './reasons.ts'

/** How soon a Sync checks its dependencies again when no change of them was seen. Flux's is the same. */
const dependencyRetryMs = 30_000

/** Whether the last attempt went no further than what the Sync depends on. */
export function isWaitingForDependencies({ conditions }: SyncStatus): boolean {
  return ['DependencyNotReady', 'DependencyCycle'].includes(getCondition(conditions, 'Ready')?.reason ?? '')
}

/**
 * Whether a cluster was restored from a backup and no attempt has looked since then for what came back. Times are compared for equality only: an attempt
 * may end after the restore that began before it, or fail, and clocks differ.
 */
export function isBeforeRestore({ clusterRestoredAt }: SyncStatus, restoredAt: string | undefined): boolean {
  return restoredAt !== undefined && restoredAt !== clusterRestoredAt
}

/** What of a Sync decides when the next attempt is due. */
export interface NextAttemptInput {
  readonly generation: number
  readonly spec: Pick<SyncSpec, 'interval' | 'retryInterval'>
  readonly status: SyncStatus
  /** Value of the annotation that requests an attempt. */
  readonly requestedAt?: string | undefined
  /** The write of its mirror that the object is of. */
  readonly observed?: string | undefined
  /** Value of the annotation that confirms deletions. */
  readonly confirmedPrune?: string | undefined
  /** Whether everything that it depends on is ready. */
  readonly dependenciesReady: boolean
  /** When the cluster was restored from a backup. */
  readonly restoredAt?: string | undefined
  readonly now: number
}

/**
 * How many milliseconds the next attempt is to be waited for, and how many of them lie between two attempts. What the status says
 * of the last attempt decides, so that a restart attempts what is due and no more. A last attempt in the future is none: a clock
 * was set back.
 */
export function untilNextAttempt(input: NextAttemptInput): {
  readonly waitMs: number
  readonly intervalMs: number
} {
  const { generation, spec, status, requestedAt, observed, confirmedPrune, dependenciesReady, restoredAt, now } = input
  const ready = getCondition(status.conditions, 'Ready')
  const waitsForDependencies = isWaitingForDependencies(status)
  const retryMs = parseDuration(spec.retryInterval ?? spec.interval) as number
  const intervalMs =
    ready?.status === 'True'
      ? (parseDuration(spec.interval) as number)
      : waitsForDependencies
        ? Math.min(retryMs, dependencyRetryMs)
        : retryMs
  const last = status.lastAttemptAt === undefined ? undefined : parseTime(status.lastAttemptAt)
  const dueNow =
    // An attempt that was interrupted has left Unknown.
    ready === undefined ||
    ready.status === 'Unknown' ||
    ready.observedGeneration !== generation ||
    (requestedAt !== undefined && requestedAt !== status.lastHandledReconcileAt) ||
    (observed !== undefined && observed !== status.observed) ||
    (waitsForDependencies && dependenciesReady) ||
    (ready.reason === unconfirmedReason && confirmedPrune === status.pendingPrune?.digest) ||
    last === undefined ||
    last > now ||
    isBeforeRestore(status, restoredAt)
  return { waitMs: dueNow ? 0 : Math.max(0, last + intervalMs - now), intervalMs }
}
