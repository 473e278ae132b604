import { FleetkitError } from '../../model/errors/error.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, refOf } from '../../model/reference.ts'
import type { RunContext } from '../runtime/context.ts'

/**
 * Asks the cluster of a Cluster whether it is the one that the Cluster remembers: since the last look the line may lead elsewhere.
 *
 * @throws FleetkitError `sync/cluster` when it is another one.
 */
export async function checkIdentity(object: KubeObject, { identityOf, signal }: Pick<RunContext, 'identityOf' | 'signal'>): Promise<void> {
  const ref = refOf(object)
  const remembered = clusterStatusOf(object).identity?.uid
  const found = await identityOf(ref, signal)
  if (remembered === undefined || found === remembered) return
  const message = `${formatRef(ref)} leads to another cluster, ${found}, than the one that it was, ${remembered}`
  throw new FleetkitError('sync/cluster', message, { ref })
}
