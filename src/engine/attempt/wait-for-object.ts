import { assessHealth } from '../../manifest/health/assess.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'

const pollMs = 200

/** What waiting for an object works with. */
export interface WaitForObjectContext {
  readonly cluster: ClusterApi
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Waits until the object with a uid is gone. A new object of the same name does not count. */
export async function waitForDeletion(
  ref: ObjectRef,
  uid: string | undefined,
  { cluster, clock, signal }: WaitForObjectContext,
): Promise<void> {
  for (;;) {
    const object = await cluster.get(ref, { signal })
    if (object === undefined || object.metadata.uid !== uid) return
    await clock.sleep(pollMs, { signal })
  }
}

/**
 * Waits until a definition is established, so that objects of its types can be applied.
 *
 * @throws FleetkitError `cluster/invalid` when the cluster has refused the definition.
 */
export async function waitForEstablished(definition: ObjectRef, { cluster, clock, signal }: WaitForObjectContext): Promise<void> {
  for (;;) {
    const object = await cluster.get(definition, { signal })
    if (object !== undefined) {
      const { status, message } = assessHealth(object, { now: clock.now() })
      if (status === 'Current') return
      if (status === 'Failed') throw new FleetkitError('cluster/invalid', message, { ref: definition })
    }
    await clock.sleep(pollMs, { signal })
  }
}
