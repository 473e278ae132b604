import { getCondition } from '../../model/condition.ts'
import { assemblageStatusOf } from '../../model/kinds/assemblage/status.ts'
import type { ProxySyncStatus } from '../../model/kinds/proxy-sync/types.generated.ts'
import type { RemoteAssemblageStatus } from '../../model/kinds/remote-assemblage/types.generated.ts'
import { syncStatusOf } from '../../model/kinds/sync/status.ts'
import type { KubeObject } from '../../model/object.ts'
import type { MirrorHold, Reporting } from './next-mirror-status.ts'
import { shownSyncs } from './shown-syncs.ts'

/** What a ProxySync shows of its Sync. */
export const syncReporting: Reporting<ProxySyncStatus> = {
  reportOf: syncStatusOf,
  shown(copy) {
    const { lastAppliedRevision, lastAttemptedRevision, lastAttemptAt, lastHandledReconcileAt, pendingPrune } = syncStatusOf(copy)
    return { lastAppliedRevision, lastAttemptedRevision, lastAttemptAt, lastHandledReconcileAt, pendingPrune }
  },
  heldBy(copy) {
    const held = getCondition(syncStatusOf(copy).conditions, 'Handbrake')
    return suspended(copy) ?? (held?.status === 'True' ? { reason: 'Handbrake', message: held.message } : undefined)
  },
  looksAgain(copy, previous) {
    const { lastAppliedRevision, lastAttemptedRevision } = syncStatusOf(copy)
    // One that does not have what was applied any more is from a backup.
    return lastAppliedRevision === previous.lastAppliedRevision && lastAttemptedRevision === previous.lastAppliedRevision
  },
}

/** What a RemoteAssemblage shows of its Assemblage, which itself says of a sync that is only looked at again that it is ready. */
export function assemblageReporting(source: KubeObject): Reporting<RemoteAssemblageStatus> {
  return {
    reportOf: assemblageStatusOf,
    shown: (copy, previous) => shownSyncs(source, assemblageStatusOf(copy), previous),
    heldBy: suspended,
    looksAgain: () => false,
  }
}

function suspended({ kind, spec }: KubeObject): Pick<MirrorHold, 'reason' | 'message'> | undefined {
  const { suspend } = (spec ?? {}) as { readonly suspend?: unknown }
  if (suspend !== true) return undefined
  return { reason: 'Suspended', message: `the ${kind} is suspended, and has not reported on this version` }
}
