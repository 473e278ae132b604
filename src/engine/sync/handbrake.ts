import { FleetkitError } from '../../model/errors/error.ts'
import type { SyncHandbrake } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { handbrakeMessage } from '../../plan/sync/next-status.ts'

/** The handbrake of a Sync as it is stored, valid or not: one that is pulled in a hurry is not to fail by its form. */
export function handbrakeOf(object: KubeObject | undefined): SyncHandbrake | undefined {
  const handbrake = (object?.spec as { readonly handbrake?: Partial<SyncHandbrake> | null } | undefined)?.handbrake
  if (handbrake === undefined || handbrake === null) return undefined
  const { by, reason } = handbrake
  return { by: typeof by === 'string' ? by : 'an unnamed person', reason: typeof reason === 'string' ? reason : 'no reason is given' }
}

/** Why nothing may be written for a Sync; `undefined` when it has no handbrake. */
export function handbrakeError(object: KubeObject | undefined): FleetkitError | undefined {
  const handbrake = handbrakeOf(object)
  if (object === undefined || handbrake === undefined) return undefined
  return new FleetkitError('sync/handbrake', `nothing is written, ${handbrakeMessage(handbrake)}`, { ref: refOf(object) })
}
