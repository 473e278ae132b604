import type { Owner } from '../../model/kinds/owner.ts'
import { confirmPruneAnnotation, requestedAtAnnotation, requestedByAnnotation } from '../../model/kinds/sync/annotations.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { mirrorWriteAnnotation } from '../../model/mirror/annotations.ts'
import { dependenciesOf } from '../../plan/sync/dependencies.ts'
import { reconcileActor } from '../../plan/sync/next-status.ts'
import type { AttemptInput } from '../attempt/context.ts'
import type { AppliedObject } from './applied-kind.ts'

/** What an attempt has to know of what it applies. */
export function attemptInputOf(sync: AppliedObject, owner: Owner = sync.ref): AttemptInput {
  const { annotations = {} } = sync.metadata
  return {
    owner,
    generation: sync.metadata.generation ?? 0,
    spec: sync.spec,
    dependencies: dependenciesOf(sync.toObject()),
    requestedAt: annotations[requestedAtAnnotation],
    observed: annotations[mirrorWriteAnnotation],
    confirmedPrune: annotations[confirmPruneAnnotation],
    partial: sync.spec.partial,
  }
}

/** Who asked for an attempt that the controller makes: who requested it, who pinned the Sync, or the controller itself. */
export function actorOf({ spec, metadata: { annotations = {} } }: AppliedObject, { lastHandledReconcileAt }: SyncStatus): string {
  const requested = annotations[requestedAtAnnotation] !== undefined && annotations[requestedAtAnnotation] !== lastHandledReconcileAt
  return (requested ? annotations[requestedByAnnotation] : undefined) ?? spec.pin?.by ?? reconcileActor
}
