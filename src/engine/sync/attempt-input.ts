import { requestedAtAnnotation } from '../../model/kinds/sync/ownership.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { AttemptInput } from '../attempt/context.ts'
import { dependenciesOf } from '../attempt/dependencies.ts'

/** What an attempt has to know of a Sync. */
export function attemptInputOf(sync: Sync): AttemptInput {
  return {
    owner: sync.ref,
    generation: sync.metadata.generation ?? 0,
    spec: sync.spec,
    dependencies: dependenciesOf(sync.toObject()),
    requestedAt: sync.metadata.annotations?.[requestedAtAnnotation],
  }
}
