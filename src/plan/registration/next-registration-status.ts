import { type ConditionUpdate, setReady } from '../../model/condition.ts'
import type { ClusterRegistrationStatus, RegistrationCredential } from '../../model/kinds/cluster-registration/types.generated.ts'

/** What came of looking at a registration. */
export interface RegistrationOutcome {
  readonly ready: boolean
  /** For programs, as the reason of the condition. */
  readonly reason: string
  /** For people. */
  readonly message: string
  /** Whether only a change can repair it. */
  readonly stalled?: boolean | undefined
  /** What may be fetched from now on; nothing any more when absent. */
  readonly credential?: RegistrationCredential | undefined
}

/**
 * The status of a registration after that. What was decided stays.
 *
 * @param now - milliseconds since the epoch
 */
export function nextRegistrationStatus(
  previous: ClusterRegistrationStatus,
  generation: number,
  { ready, reason, message, stalled = false, credential }: RegistrationOutcome,
  now: number,
): ClusterRegistrationStatus {
  const { credential: _, ...kept } = previous
  const update: ConditionUpdate = { type: 'Ready', status: ready ? 'True' : 'False', reason, message, observedGeneration: generation }
  return {
    ...kept,
    observedGeneration: generation,
    conditions: setReady(previous.conditions ?? [], update, stalled, now),
    ...(credential === undefined ? {} : { credential }),
  }
}
