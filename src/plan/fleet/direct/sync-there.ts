import { parseDuration } from '../../../model/duration.ts'
import { readinessOf } from '../../../model/kinds/readiness.ts'
import { syncStatusOf } from '../../../model/kinds/sync/status.ts'
import type { SyncSpec } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { parseRevision } from '../../../model/revision.ts'

/** The Sync of a cluster that is to take over, as far as it is known. */
export interface SyncThere {
  /** Ready at the commit that the cluster is assigned. */
  readonly isReady: boolean
  /** The request that it has answered last. */
  readonly answered?: string | undefined
  /** Since when it is seen not to keep what the cluster is assigned. */
  readonly badSince?: number | undefined
  /** When it counts as silent if it does not report before. */
  readonly silentAt: number
  /** For people. */
  readonly message: string
}

/** What is remembered of a Sync between two looks, by the clock of the one who looks: clocks of clusters differ. */
export interface SyncMemory {
  readonly badSince?: number | undefined
  readonly lastAttemptAt?: string | undefined
  readonly heardAt: number
}

/** How far an interval is stretched at most. */
const jitter = 1.1

/** Looks at the Sync of a cluster: `undefined` where there is none. */
export function lookAtSync(
  sync: KubeObject | undefined,
  { commit, takeBackAfter }: { readonly commit: string; readonly takeBackAfter: string },
  before: SyncMemory | undefined,
  now: number,
): { readonly there: SyncThere; readonly memory: SyncMemory } {
  const { lastAttemptAt, lastHandledReconcileAt, lastAppliedRevision, conditions } = syncStatusOf(sync ?? {})
  const { ready, message } = readinessOf(sync)
  const isAt = parseRevision(lastAppliedRevision ?? '')?.commit === commit
  const isReady = ready && isAt
  const spec = (sync?.spec ?? {}) as Partial<SyncSpec>
  // Who suspends it, or pulls its handbrake, wants it left as it is.
  const isLeft = sync !== undefined && (spec.suspend === true || spec.handbrake !== undefined)
  const isTried = sync !== undefined && (conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'Unknown') && isAt
  const badSince = isReady || isLeft || isTried ? undefined : (before?.badSince ?? now)
  const heardAt = before !== undefined && before.lastAttemptAt === lastAttemptAt && !isLeft ? before.heardAt : now
  const silence = [spec.interval, spec.timeout, takeBackAfter].map((text) => parseDuration(text ?? '') ?? 0)
  const silentAt = heardAt + (silence[0] as number) * jitter + (silence[1] as number) + (silence[2] as number)
  return {
    there: {
      isReady,
      answered: lastHandledReconcileAt,
      badSince,
      silentAt,
      message: ready && !isAt ? `its Sync is at ${lastAppliedRevision ?? 'no revision'}` : `its Sync: ${message}`,
    },
    memory: { badSince, lastAttemptAt, heardAt },
  }
}
